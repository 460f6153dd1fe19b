namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// Logs in one SQLite file: all logs of a process share it, and all writes that wait at one time are committed and flushed
/// to the disk together.
/// </summary>
/// <remarks>
/// <para>One process has the directory at a time. An acknowledged write survives the end of the process at any point
/// and, with <see cref="SqliteSynchronous.Full"/>, of the machine.</para>
/// <para>A full disk and a file that another program holds locked are transient: later writes are tried. Any other failure
/// of a write stops the store, since only reopening it tells what the disk holds.</para>
/// <para>Opening always checks the file's identity and version, and its structure if it was not closed properly
/// (<see cref="SqliteLogStoreOptions.QuickCheckMiBMax"/>). Continuations run on the store's two threads.</para>
/// </remarks>
public sealed class SqliteLogStore : ILogStore
{
    private readonly SqliteEngine _engine;

    private SqliteLogStore(SqliteEngine engine) => _engine = engine;

    /// <summary>Opens the file, or creates it.</summary>
    /// <exception cref="ArgumentException">The options are wrong; the text has every error.</exception>
    /// <exception cref="LogStoreException">The file cannot be opened; the text says why and what an operator can do.</exception>
    public static async Task<SqliteLogStore> OpenAsync(
        SqliteLogStoreOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        LogStoreArgument.CheckOptions(options, options.Validate());
        return new SqliteLogStore(await SqliteEngine.OpenAsync(options, cancellationToken));
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
        if (_engine.AnswersFromMemory(cancellationToken))
        {
            if (_engine.Find(log) is not { } found)
                return new(([], LogIndex.None));

            if (found.IsPastTheEnd(from, out var checkpoint))
                return new(([], checkpoint));
        }

        return _engine.Read(
            log, (connection, found) => found.Read(connection, from, bytesMax),
            ((IReadOnlyList<StoredRecord>)[], LogIndex.None), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRecord(log, index);
        if (_engine.AnswersFromMemory(cancellationToken)
            && (_engine.Find(log) is not { } found || found.IsPastTheEnd(index, out _)))
        {
            return new(false);
        }

        return _engine.Read(log, (connection, found) => found.Probe(connection, index), false, cancellationToken);
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
        return _engine.Read(log, (connection, found) => found.ReadManifest(connection), null, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        return _engine.Read(
            log, (connection, found) => found.ReadChunk(connection, checkpoint, number), null, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default) =>
        _engine.List(cancellationToken);

    /// <summary>Finishes earlier calls, closes the file and releases the directory. Repeatable.</summary>
    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
