using System.Text.RegularExpressions;
using Npgsql;

namespace OrleansShards.Storage.Postgres;

/// <summary>How a <see cref="PostgresLogStore"/> is opened. Checked as a whole: every error is reported at once.</summary>
public sealed partial record PostgresLogStoreOptions
{
    /// <summary>
    /// Where the server is and who this is, as Npgsql writes it: <c>Host=db;Database=logs;Username=app;Password=…</c>.
    /// One host, the server itself or a pooler that keeps a session to one client: the store's guard against its own
    /// abandoned commits is a lock of a session. What the options here say (time-outs, pool, preparing) wins.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// The schema that holds the tables; created where it is missing. Small letters, digits and underscores, at most 63,
    /// not beginning with a digit or <c>pg_</c>. Default <c>orleans_shards</c>. Several clusters share a database by
    /// different schemas.
    /// </summary>
    public string SchemaName { get; init; } = "orleans_shards";

    /// <summary>
    /// How long the server has for one transaction or read, and connecting has. 1 to 60 s; default 3: a put that is in
    /// doubt can then be settled within the 7 s after which a primary that cannot append stops serving. The store gives
    /// the answer a second more on the way; a call that waits for one before it waits for both.
    /// </summary>
    public int CommandTimeoutSeconds { get; init; } = 3;

    /// <summary>
    /// After a server could not be reached, how long calls are refused without trying again. 0 to 10,000 ms; default
    /// 200: enough that a server that is coming back is not kept busy by those who knock.
    /// </summary>
    public int ReconnectPauseMs { get; init; } = 200;

    /// <summary>
    /// How many writes one transaction takes at most. 1 to 10,000; default 1,024: beyond some hundreds a longer one
    /// makes its callers wait and saves nothing.
    /// </summary>
    public int CommitCallsMax { get; init; } = 1024;

    /// <summary>
    /// How many bytes of records or chunks one transaction takes at most, but at least one of them. 1 to 256 MiB;
    /// default 8, some 20 ms on a local network.
    /// </summary>
    public int CommitMiBMax { get; init; } = 8;

    /// <summary>
    /// Connections for reading, at most; two more are for writing. 1 to 100; default 8: PostgreSQL takes 100 by default,
    /// for all silos together.
    /// </summary>
    public int ReadConnectionsMax { get; init; } = 8;

    /// <summary>
    /// How many calls may wait, of each kind: puts and publications, other writes, reads. Beyond it a call is refused, a
    /// put as not stored. 1 to 1,000,000; default 65,536: a log has one put under way, so that this is reached only where
    /// the server stands still.
    /// </summary>
    public int QueuedCallsMax { get; init; } = 65_536;

    /// <summary>
    /// How many bytes of records, and as many of chunks, may wait; as above. 1 to 512 MiB, since PostgreSQL takes no
    /// message of a gibibyte; default 256.
    /// </summary>
    public int QueuedMiBMax { get; init; } = 256;

    /// <summary>
    /// For tests: a server with <c>fsync=off</c> is accepted. Default false: such a server acknowledges what a power cut
    /// takes back, and may lose the whole database with it.
    /// </summary>
    public bool AllowFsyncOff { get; init; }

    /// <summary>What the tests make go wrong.</summary>
    internal StoreFaults? Faults { get; init; }

    /// <summary>Every error in these options, each a sentence; empty where there is none.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        CheckConnectionString(errors);
        if (SchemaName is null || !SchemaPattern().IsMatch(SchemaName))
        {
            errors.Add(
                $"{nameof(SchemaName)} is '{SchemaName}': expected at most 63 small letters, digits and underscores, not "
                + "beginning with a digit or 'pg_'.");
        }

        LogStoreArgument.CheckRange(errors, nameof(CommandTimeoutSeconds), CommandTimeoutSeconds, 1, 60);
        LogStoreArgument.CheckRange(errors, nameof(ReconnectPauseMs), ReconnectPauseMs, 0, 10_000);
        LogStoreArgument.CheckRange(errors, nameof(CommitCallsMax), CommitCallsMax, 1, 10_000);
        LogStoreArgument.CheckRange(errors, nameof(CommitMiBMax), CommitMiBMax, 1, 256);
        LogStoreArgument.CheckRange(errors, nameof(ReadConnectionsMax), ReadConnectionsMax, 1, 100);
        LogStoreArgument.CheckRange(errors, nameof(QueuedCallsMax), QueuedCallsMax, 1, 1_000_000);
        LogStoreArgument.CheckRange(errors, nameof(QueuedMiBMax), QueuedMiBMax, 1, 512);
        return errors;
    }

    private void CheckConnectionString(List<string> errors)
    {
        try
        {
            var parsed = new NpgsqlConnectionStringBuilder(ConnectionString);
            if (string.IsNullOrWhiteSpace(parsed.Host))
            {
                errors.Add($"{nameof(ConnectionString)} names no Host.");
            }
            else if (parsed.Host.Contains(','))
            {
                // A read that another server answers may miss what was acknowledged.
                errors.Add($"{nameof(ConnectionString)} names several hosts: expected one, the server that takes writes.");
            }

            if (parsed.Multiplexing)
                errors.Add($"{nameof(ConnectionString)} sets Multiplexing: expected a connection for each transaction.");
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Its text names the part that is wrong, and no password.
            errors.Add($"{nameof(ConnectionString)} cannot be read: {exception.Message}");
        }
    }

    [GeneratedRegex("^(?!pg_)[a-z_][a-z0-9_]{0,62}$(?!\n)")]
    private static partial Regex SchemaPattern();
}
