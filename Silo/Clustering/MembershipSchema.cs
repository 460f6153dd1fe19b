using System.Globalization;
using Npgsql;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Clustering;

/// <summary>The tables through which silos find each other: Orleans' own scripts, run once, in a schema of their own.</summary>
internal static class MembershipSchema
{
    // "OSMB": the first half of the lock under which the schema is created; its name's hash is the other one.
    private const int LockClass = 0x4F534D42;

    // The scripts in order, and a table that is there once both have run: they run in one transaction.
    private static readonly string[] Scripts = ["PostgreSQL-Main.sql", "PostgreSQL-Clustering.sql"];
    private const string LastTable = "orleansmembershiptable";

    /// <summary>The connection string that Orleans' membership provider is given: unqualified names mean this schema.</summary>
    internal static string ConnectionString(DatabaseSettings database) =>
        new NpgsqlConnectionStringBuilder(database.Connection) { SearchPath = database.MembershipSchema }.ConnectionString;

    /// <summary>Makes sure that it is there. Any number of silos may do that at once: one creates, the others wait for it.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached, or refuses.</exception>
    internal static async Task EnsureAsync(DatabaseSettings database, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = new(ConnectionString(database));
        await connection.OpenAsync(cancellationToken);
        if (await HasAsync(connection, database.MembershipSchema, cancellationToken))
            return;

        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(connection, Invariant($"select pg_advisory_xact_lock({LockClass}, hashtext('{database.MembershipSchema}'))"),
            cancellationToken);
        if (!await HasAsync(connection, database.MembershipSchema, cancellationToken))
        {
            await RunAsync(connection, Invariant($"create schema if not exists {database.MembershipSchema}"), cancellationToken);
            foreach (string script in Scripts)
                await RunAsync(connection, await ReadAsync(script, cancellationToken), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    // Of the catalogue's tables: to_regclass answers from what the session remembers, which lags behind what another
    // one has created while this one waited for the lock.
    private static async Task<bool> HasAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            $"select exists (select from pg_tables where schemaname = '{schema}' and tablename = '{LastTable}')", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<string> ReadAsync(string script, CancellationToken cancellationToken)
    {
        await using Stream stream = typeof(MembershipSchema).Assembly.GetManifestResourceStream(script)
            ?? throw new InvalidOperationException($"the program was built without {script}");
        using StreamReader reader = new(stream);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
