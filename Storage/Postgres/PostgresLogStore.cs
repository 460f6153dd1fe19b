namespace OrleansShards.Storage.Postgres;

/// <summary>
/// Logs in a PostgreSQL database, for processes on several machines: all logs of a process share two writing connections, and
/// all writes that wait at one time share one transaction and one flush.
/// </summary>
/// <remarks>
/// <para>Any number of processes may use the same schema. An acknowledged write survives the end of this process, and of the
/// server's machine as far as its disk keeps what was flushed (<c>synchronous_commit</c> is on in every
/// session, a server with <c>fsync=off</c> is refused).</para>
/// <para>If a connection is lost during a commit, its puts are unknown. No read of this store is answered until the server
/// has ended that session; from then on every read shows their final outcome. The store reconnects by itself, with the
/// next call.</para>
/// <para>No call waits forever: see <see cref="PostgresLogStoreOptions.CommandTimeoutSeconds"/>. Continuations of puts
/// run on the store's thread.</para>
/// </remarks>
public sealed class PostgresLogStore : ILogStore
{
    private readonly PostgresEngine _engine;

    private PostgresLogStore(PostgresEngine engine) => _engine = engine;

    /// <summary>Connects, and creates schema and tables if they are missing.</summary>
    /// <exception cref="ArgumentException">The options are wrong; the text has every error.</exception>
    /// <exception cref="LogStoreException">
    /// The server cannot be reached, is not suitable, or has tables of another version; the text says why and what an
    /// operator can do.
    /// </exception>
    public static async Task<PostgresLogStore> OpenAsync(
        PostgresLogStoreOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        LogStoreArgument.CheckOptions(options, options.Validate());
        return new PostgresLogStore(await PostgresEngine.OpenAsync(options, cancellationToken));
    }

    /// <inheritdoc />
    public ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default) =>
        _engine.Writer.PutAsync(log, index, record, cancellationToken);

    /// <inheritdoc />
    public ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRead(log, bytesMax);
        return _engine.ReadAsync(connection => _engine.Query.ReadAsync(connection, log, from, bytesMax), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRecord(log, index);
        return _engine.ReadAsync(connection => _engine.Query.ProbeAsync(connection, log, index), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask DropAsync(
        LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken = default) =>
        _engine.Writer.DropAsync(log, upTo, keep, cancellationToken);

    /// <inheritdoc />
    public ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk,
        CancellationToken cancellationToken = default) =>
        _engine.Writer.PutChunkAsync(log, checkpoint, number, chunk, cancellationToken);

    /// <inheritdoc />
    public ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default) =>
        _engine.Writer.PublishAsync(log, checkpoint, manifest, cancellationToken);

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckLog(log);
        return _engine.ReadAsync(connection => _engine.Query.ReadManifestAsync(connection, log), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        return _engine.ReadAsync(
            connection => _engine.Query.ReadChunkAsync(connection, log, checkpoint, number), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default) =>
        _engine.ReadAsync(_engine.Query.ListAsync, cancellationToken);

    /// <summary>Finishes earlier calls and closes the connections. Repeatable.</summary>
    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
