using Npgsql;
using OrleansShards.Silo.Cli;
using static System.FormattableString;

namespace OrleansShards.Silo.Clustering;

/// <summary>Creates the membership tables with Orleans' own scripts, in a separate schema.</summary>
internal static class MembershipSchema
{
    // "OSMB": the first half of the advisory lock's key; the hash of the schema's name is the second.
    private const int LockClass = 0x4F534D42;

    // The scripts in order, and a table that exists once both have run. They run in one transaction.
    private static readonly string[] Scripts = ["PostgreSQL-Main.sql", "PostgreSQL-Clustering.sql"];
    private const string LastTable = "orleansmembershiptable";

    /// <summary>The connection string for Orleans' membership provider, in which unqualified names mean this schema.</summary>
    internal static string ConnectionString(DatabaseSettings database) =>
        new NpgsqlConnectionStringBuilder(database.Connection) { SearchPath = database.MembershipSchema }.ConnectionString;

    /// <summary>Creates the schema unless it exists. Any number of silos may do so at once: one creates it, the others wait.</summary>
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

    // Reads the catalogue, because to_regclass answers from the session's cache, which may miss what another session created while this
    // one waited for the lock.
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
}
