using OrleansShards.Storage.GroupCommit;

namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// The machinery of a store: the locked directory, and the commit, the reader and the checkpoint thread, each with a
/// connection of its own.
/// </summary>
internal sealed class SqliteEngine : IAsyncDisposable
{
    /// <summary>How much one commit takes at most; a larger backlog goes into further ones.</summary>
    private const long CommitBytesMax = 8 << 20;

    private readonly SqliteLogStoreOptions _options;
    private readonly DirectoryLock _lock;
    private readonly StoreHealth _health = new();
    private readonly SqliteLogs _logs = new();
    private readonly List<SqliteConnection> _connections = [];
    private readonly WalKeeper _wal;
    private readonly CallThread<IQueuedCall> _reader;
    private readonly Lazy<Task> _close;
    private volatile bool _closed;

    private SqliteEngine(SqliteLogStoreOptions options, DirectoryLock @lock)
    {
        (_options, _lock, _close) = (options, @lock, new(CloseOnceAsync));
        try
        {
            _connections.Add(SqliteOpening.OpenWriter(options));
            _logs.Load(_connections[0]);
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
        _reader = IQueuedCall.StartThread("log store reader", limits, faults: null, _health, TextFor);
        CommitThread commit = new(
            "log store writer", new SqliteTransaction(options, _connections[0], _logs, _health, _wal), limits,
            int.MaxValue, CommitBytesMax, options.Faults);
        Writer = new LogWriter(commit, commit);
    }

    internal LogWriter Writer { get; }

    internal static async Task<SqliteEngine> OpenAsync(SqliteLogStoreOptions options, CancellationToken cancellationToken)
    {
        var @lock = await DirectoryLock.TakeAsync(options, cancellationToken);
        try
        {
            // On a dedicated thread: checking a large file blocks for long.
            return await Task.Factory.StartNew(
                () => new SqliteEngine(options, @lock), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
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

    internal SqliteLog? Find(LogName name) => _logs.Find(name);

    /// <summary>Whether a call may be answered from memory: not once the store has stopped or is closed.</summary>
    internal bool AnswersFromMemory(CancellationToken cancellationToken) =>
        !_closed && _health.Broken is null && !cancellationToken.IsCancellationRequested;

    /// <summary>Reads from a log, or answers <paramref name="none"/> if there is no such log.</summary>
    /// <remarks>
    /// In WAL mode a read never waits for the writer, and a long replay never blocks a commit. Each read transaction begins
    /// after the call, and so sees every commit that was answered before; it ends before the caller continues, since an open
    /// one would keep the WAL from restarting.
    /// </remarks>
    internal ValueTask<TResult> Read<TResult>(
        LogName name, Func<SqliteConnection, SqliteLog, TResult> read, TResult none, CancellationToken cancellationToken) =>
        QueuedCall<TResult>.Queue(
            _reader, () => _logs.Find(name) is { } log ? read(_connections[1], log) : none, 0, cancellationToken);

    internal ValueTask<IReadOnlyList<LogName>> List(CancellationToken cancellationToken) =>
        QueuedCall<IReadOnlyList<LogName>>.Queue(
            _reader, () => _logs.List(_connections[1]), 0, cancellationToken);

    /// <summary>Finishes earlier calls and closes all. Repeatable.</summary>
    public ValueTask DisposeAsync() => new(_close.Value);

    private string TextFor(Exception exception) => exception is SqliteFailureException failure
        ? failure.TextFor(_options.DatabasePath)
        : $"Reading '{_options.DatabasePath}' failed in an unexpected way, please report it: {exception}";

    private async Task CloseOnceAsync()
    {
        _closed = true;
        var readerEnded = _reader.CloseAsync();
        await Writer.CloseAsync();
        await readerEnded;
        _connections[0].Dispose();
        _connections[1].Dispose();
        _wal.Dispose();
        _lock.Dispose();
    }
}
