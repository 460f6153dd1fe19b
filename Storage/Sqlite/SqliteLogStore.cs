using OrleansShards.Storage.GroupCommit;

namespace OrleansShards.Storage.Sqlite;

/// <summary>Logs in one SQLite file: all logs of a process share it, and all waiting writes are committed and flushed together.</summary>
/// <remarks>
/// <para>One process has the directory at a time. An acknowledged write survives the end of the process at any point
/// and, with <see cref="SqliteSynchronous.Full"/>, of the machine.</para>
/// <para>A full disk and a file that another program holds locked are transient: later writes are tried. Any other failure
/// of a write stops the store, since only reopening it tells what the disk holds.</para>
/// <para>Opening checks the file's identity and version, and its structure up to a size
/// (<see cref="SqliteLogStoreOptions.QuickCheckMiBMax"/>). Continuations run on the store's two threads.</para>
/// </remarks>
public sealed class SqliteLogStore : ILogStore
{
    /// <summary>How much one commit takes at most; a larger backlog goes into further ones.</summary>
    private const long CommitBytesMax = 8 << 20;

    private readonly FileStream _lock;
    private readonly StoreHealth _health = new();
    private readonly SqliteLogs _logs = new();

    // The commit thread's, the reader's and the checkpoint thread's.
    private readonly List<SqliteConnection> _connections = [];
    private readonly WalKeeper _wal;
    private readonly AnsweringThread _reader;
    private readonly SqliteTransaction _transaction;
    private readonly LogWriter _writer;
    private readonly Lazy<Task> _close;
    private volatile bool _closed;

    private SqliteLogStore(SqliteLogStoreOptions options, FileStream @lock)
    {
        (_lock, _close) = (@lock, new(CloseOnceAsync));
        SqliteJournal journal = new(options.DatabasePath);
        try
        {
            _connections.Add(SqliteOpening.OpenWriter(options));
            _logs.Load(_connections[0], journal);
            _connections.Add(SqliteOpening.Open(options));
            _connections.Add(SqliteOpening.Open(options));
        }
        catch
        {
            _connections.ForEach(connection => connection.Dispose());
            throw;
        }

        var limits = QueueLimits.OnDisk(options.DatabasePath, options.QueuedCallsMax, options.QueuedMiBMax);
        _wal = new WalKeeper(options, _connections[2], _health);
        _reader = new(
            "log store reader", limits, faults: null, _health,
            failure => SqliteFailureException.TextFor("Reading", options.DatabasePath, failure));
        CommitThread? commit = null;
        _transaction = new(options, _connections[0], _logs, journal, _health, _wal)
        {
            QueueSettle = () => _ = commit!.Queue(new SettleWrite(), SqliteJournal.BytesAtOnce).AsTask(),
        };
        commit = new("log store writer", _transaction, limits, int.MaxValue, CommitBytesMax, options.Faults);
        _writer = new LogWriter(commit, commit);
    }

    /// <summary>Opens the file, or creates it.</summary>
    /// <exception cref="ArgumentException">The options are wrong; the text has every error.</exception>
    /// <exception cref="LogStoreException">The file cannot be opened; the text says why and what an operator can do.</exception>
    public static async Task<SqliteLogStore> OpenAsync(SqliteLogStoreOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        LogStoreArgument.CheckOptions(options, options.Validate());
        var @lock = await DirectoryLock.TakeAsync(options, cancellationToken);
        try
        {
            // On a dedicated thread: checking a large file blocks for long.
            return await Task.Factory.StartNew(
                () => new SqliteLogStore(options, @lock), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception exception)
        {
            @lock.Dispose();
            if (exception is SqliteFailureException failure)
                throw new LogStoreException(failure.TextFor(options.DatabasePath), failure);

            if (exception is IOException or UnauthorizedAccessException)
                throw new LogStoreException($"'{options.DatabasePath}' cannot be opened: {exception.Message}", exception);

            throw;
        }
    }

    /// <inheritdoc />
    public string? MustBeReopened => _health.Broken;

    /// <inheritdoc />
    public ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default) =>
        _writer.PutAsync(log, index, record, cancellationToken);

    /// <inheritdoc />
    public ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRead(log, bytesMax);
        if (AnswersFromMemory(cancellationToken))
        {
            if (_logs.Find(log) is not { } found)
                return new(([], LogIndex.None));

            if (found.TryRead(from, bytesMax, out var read))
                return new(read);
        }

        return Read(
            log, (connection, found) => found.Read(connection, from, bytesMax),
            ((IReadOnlyList<StoredRecord>)[], LogIndex.None), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRecord(log, index);
        return AnswersFromMemory(cancellationToken) && (_logs.Find(log) is { } known ? known.TryProbe(index) : false) is { } exists
            ? new(exists)
            : Read(log, (connection, found) => found.Probe(connection, index), false, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask DropAsync(
        LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken = default) =>
        _writer.DropAsync(log, upTo, keep, cancellationToken);

    /// <inheritdoc />
    public ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken = default) =>
        _writer.PutChunkAsync(log, checkpoint, number, chunk, cancellationToken);

    /// <inheritdoc />
    public ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default) =>
        _writer.PublishAsync(log, checkpoint, manifest, cancellationToken);

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckLog(log);
        return Read(log, (connection, found) => found.ReadManifest(connection), null, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        return Read(log, (connection, found) => found.ReadChunk(connection, checkpoint, number), null, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default) =>
        _reader.Queue(() => _logs.List(_connections[1]), 0, cancellationToken);

    /// <summary>Finishes earlier calls, closes the file and releases the directory. Repeatable.</summary>
    public ValueTask DisposeAsync() => new(_close.Value);

    /// <summary>Whether a call may be answered from memory: not once the store has stopped or is closed.</summary>
    private bool AnswersFromMemory(CancellationToken cancellationToken) =>
        !_closed && _health.Broken is null && !cancellationToken.IsCancellationRequested;

    // Reads from a log, or answers none if there is no such log. In WAL mode a read never waits for the writer, and a long replay never
    // blocks a commit. Each read transaction begins after the call, and so sees every commit that was answered before; it ends before the
    // caller continues, since an open one would keep the WAL from restarting.
    private ValueTask<TResult> Read<TResult>(
        LogName name, Func<SqliteConnection, SqliteLog, TResult> read, TResult none, CancellationToken cancellationToken) =>
        _reader.Queue(() => _logs.Find(name) is { } log ? read(_connections[1], log) : none, 0, cancellationToken);

    private async Task CloseOnceAsync()
    {
        _closed = true;
        var readerEnded = _reader.CloseAsync();
        await _writer.CloseAsync();
        await readerEnded;
        _transaction.SettleAll();
        _connections[0].Dispose();
        _connections[1].Dispose();
        _wal.Dispose();
        _lock.Dispose();
    }
}
