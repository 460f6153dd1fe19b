using System.Text.RegularExpressions;
using Npgsql;

namespace OrleansShards.Storage.Postgres;

/// <summary>How a <see cref="PostgresLogStore"/> is opened. Checked as a whole: every error is reported at once.</summary>
public sealed partial record PostgresLogStoreOptions
{
    /// <summary>
    /// Server and login in Npgsql's form: <c>Host=db;Database=logs;Username=app;Password=…</c>. One host, or a pooler in session
    /// mode: a session's lock fences abandoned commits. The options here (time-outs, pool, preparing) take precedence.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// The schema of the tables, created if it is missing; one for each cluster. At most 63 small letters, digits and underscores,
    /// not beginning with a digit or <c>pg_</c>. Default <c>orleans_shards</c>.
    /// </summary>
    public string SchemaName { get; init; } = "orleans_shards";

    /// <summary>
    /// The time limit of one transaction or read in the server, and of connecting. 1 to 60 s; default 3: a doubtful put can
    /// then be settled within the 7 s after which a primary that cannot append stops serving. The store allows the answer
    /// one more second on the network; a call that waits for an earlier one waits for both.
    /// </summary>
    public int CommandTimeoutSeconds { get; init; } = 3;

    /// <summary>Back-off after a failed connection, with calls refused. 0 to 10,000 ms; default 200 spares a restarting server.</summary>
    public int ReconnectPauseMs { get; init; } = 200;

    /// <summary>How many writes one transaction takes at most. 1 to 10,000; default 1,024: with more its callers only wait.</summary>
    public int CommitCallsMax { get; init; } = 1024;

    /// <summary>How many MiB one transaction takes, but at least one write. 1 to 256; default 8, some 20 ms on a local network.</summary>
    public int CommitMiBMax { get; init; } = 8;

    /// <summary>Connections for reading, besides two for writing. 1 to 100; default 8: PostgreSQL allows 100 for all silos.</summary>
    public int ReadConnectionsMax { get; init; } = 8;

    /// <summary>
    /// How many calls of each kind (puts and publications, other writes, reads) may wait. Beyond it a call is refused, a put as
    /// not stored. 1 to 1,000,000; default 65,536: a log has one put in flight, so this is reached only if the server hangs.
    /// </summary>
    public int QueuedCallsMax { get; init; } = 65_536;

    /// <summary>
    /// How many bytes of records, and as many of chunks, may wait, with the same refusal. 1 to 512 MiB, since PostgreSQL accepts
    /// no message of a gibibyte; default 256.
    /// </summary>
    public int QueuedMiBMax { get; init; } = 256;

    /// <summary>
    /// For tests: accepts a server with <c>fsync=off</c>, where a power cut undoes acknowledged writes or destroys the database.
    /// Default false.
    /// </summary>
    public bool AllowFsyncOff { get; init; }

    /// <summary>
    /// Is told of each failure, for the operator: the text names server, database and user, which those of the store's answers do
    /// not. Called on any thread, for one kind of failure every ten seconds at most; must not throw. Default: nobody; in a silo its log.
    /// </summary>
    public Action<string>? OnFailure { get; init; }

    internal StoreFaults? Faults { get; init; }

    /// <summary>Every error in these options, each a sentence; empty if there is none.</summary>
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

            // A read from another server may miss acknowledged writes.
            if (string.IsNullOrWhiteSpace(parsed.Host))
                errors.Add($"{nameof(ConnectionString)} names no Host.");
            else if (parsed.Host.Contains(','))
                errors.Add($"{nameof(ConnectionString)} names several hosts: expected one, the server that takes writes.");

            if (parsed.Multiplexing)
                errors.Add($"{nameof(ConnectionString)} sets Multiplexing: expected a connection for each transaction.");
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Its message names the wrong part, and contains no password.
            errors.Add($"{nameof(ConnectionString)} cannot be read: {exception.Message}");
        }
    }

    [GeneratedRegex("^(?!pg_)[a-z_][a-z0-9_]{0,62}$(?!\n)")]
    private static partial Regex SchemaPattern();
}
