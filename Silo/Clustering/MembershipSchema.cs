using System.Net;
using Npgsql;
using OrleansShards.Silo.Cli;
using OrleansShards.Storage;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Silo.Clustering;

/// <summary>
/// Orleans' membership tables, in a separate schema of the logs' database. Their scripts and queries name no schema: a session's
/// <c>search_path</c> says which one they mean.
/// </summary>
internal static class MembershipSchema
{
    // "OSMB".
    private const int LockClass = 0x4F534D42;

    // A silo reads and writes the table a few times a second at most.
    private const int ConnectionsMax = 4;

    // The scripts in order, and a table that exists once both have run.
    private static readonly string[] Scripts = ["PostgreSQL-Main.sql", "PostgreSQL-Clustering.sql"];
    private const string LastTable = "orleansmembershiptable";

    /// <summary>Opens connections by the rules of the logs', in which unqualified names mean this schema. The caller disposes it.</summary>
    internal static PostgresSources Sources(DatabaseSettings database) => new(new PostgresLogStoreOptions
    {
        ConnectionString = database.Connection,
        SchemaName = database.MembershipSchema,
        ReadConnectionsMax = ConnectionsMax,
    });

    /// <summary>Creates the tables unless they exist. Any number of silos may do so at once: one creates them, the others wait.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    /// <exception cref="LogStoreException">It is not fit, or refuses; the text says what to do.</exception>
    internal static async Task EnsureAsync(DatabaseSettings database, CancellationToken cancellationToken)
    {
        await using PostgresSources sources = Sources(database);
        await using NpgsqlConnection connection = await sources.Writers.OpenConnectionAsync(cancellationToken);
        string[] scripts = await Task.WhenAll(Scripts.Select(script => ReadAsync(script, cancellationToken)));
        try
        {
            await PostgresCreation.EnsureAsync(
                connection, database.MembershipSchema, LockClass, LastTable, scripts, cancellationToken);
        }
        catch (PostgresException refusal) when (PostgresFailure.IsRolledBack(refusal))
        {
            throw new LogStoreException(PostgresFailure.TextFor(sources.Place, refusal), refusal);
        }
    }

    /// <summary>The greatest generation that the table has for an endpoint; 0 if it has none.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached, or refuses.</exception>
    internal static int GreatestGeneration(PostgresSources sources, string clusterId, IPEndPoint endpoint)
    {
        using NpgsqlCommand command = sources.Readers.CreateCommand(
            $"select coalesce(max(generation), 0) from {LastTable} where deploymentid = $1 and address = $2 and port = $3");
        command.Parameters.Add(new() { Value = clusterId });
        command.Parameters.Add(new() { Value = endpoint.Address.ToString() });
        command.Parameters.Add(new() { Value = endpoint.Port });
        return (int)command.ExecuteScalar()!;
    }

    private static async Task<string> ReadAsync(string script, CancellationToken cancellationToken)
    {
        await using Stream stream = typeof(MembershipSchema).Assembly.GetManifestResourceStream(script)
            ?? throw new InvalidOperationException($"the program was built without {script}");
        using StreamReader reader = new(stream);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
