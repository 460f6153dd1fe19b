using OrleansShards.Core;

namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// What a store runs on: the locked directory, the writing, the reading and the checkpointing thread.
/// </summary>
internal sealed class SqliteEngine : IAsyncDisposable
{
    private readonly SqliteLogStoreOptions _options;
    private readonly DirectoryLock _lock;
    private readonly StoreHealth _health = new();
    private readonly SqliteLogs _logs = new();
    private readonly CallQueue<ISqliteWrite> _writes;
    private readonly CallQueue<ISqliteRead> _reads;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _writerEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _readerEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lazy<Task> _close;
    private WalKeeper? _wal;
    private volatile bool _closed;

    private SqliteEngine(SqliteLogStoreOptions options, DirectoryLock @lock)
    {
        (_options, _lock) = (options, @lock);
        _writes = new(options.QueuedCallsMax, (long)options.QueuedMiBMax << 20);
        _reads = new(options.QueuedCallsMax, long.MaxValue);
        _close = new(CloseOnceAsync);
    }

    internal static async Task<SqliteEngine> OpenAsync(SqliteLogStoreOptions options, CancellationToken cancellationToken)
    {
        var engine = new SqliteEngine(options, await DirectoryLock.TakeAsync(options, cancellationToken));
        new Thread(engine.RunWriter) { IsBackground = true, Name = "log store writer" }.Start();
        try
        {
            await engine._opened.Task;
            return engine;
        }
        catch
        {
            engine._lock.Dispose();
            throw;
        }
    }

    internal SqliteLog? Find(LogName name) => _logs.Find(name);

    /// <summary>Whether what is known in memory may be answered: not once the store is stopped or closed.</summary>
    internal bool AnswersFromMemory(CancellationToken cancellationToken) =>
        !_closed && _health.Broken is null && !cancellationToken.IsCancellationRequested;

    internal ValueTask<TResult> Write<TResult>(SqliteWrite<TResult> write, long bytes)
    {
        if (write.IsCancelled)
        {
            write.Cancel();
        }
        else if (RefusalOf(_writes.TryAdd(write, bytes)) is { } text)
        {
            write.Fail(text, certain: true);
        }

        return new(write.Task);
    }

    /// <summary>Reads from a log, or answers <paramref name="none"/> where there is no such log.</summary>
    internal ValueTask<TResult> Read<TResult>(
        LogName name, Func<SqliteConnection, SqliteLog, TResult> read, TResult none, CancellationToken cancellationToken) =>
        Queue(new SqliteRead<TResult>(
            connection => _logs.Find(name) is { } log ? read(connection, log) : none, cancellationToken), cancellationToken);

    internal ValueTask<IReadOnlyList<LogName>> List(CancellationToken cancellationToken) =>
        Queue(new SqliteRead<IReadOnlyList<LogName>>(
            connection => SqliteQuery.List(connection, _logs), cancellationToken), cancellationToken);

    /// <summary>Finishes what was asked before and closes all. Repeatable.</summary>
    public ValueTask DisposeAsync() => new(_close.Value);

    private ValueTask<TResult> Queue<TResult>(SqliteRead<TResult> read, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<TResult>(cancellationToken);
        }

        if (RefusalOf(_reads.TryAdd(read, 0)) is { } text)
        {
            read.Fail(text);
        }

        return new(read.Task);
    }

    private string? RefusalOf(CallQueueAnswer answer) => answer switch
    {
        CallQueueAnswer.Added => null,
        CallQueueAnswer.Full =>
            $"Too much waits for '{_options.DatabasePath}' ({_options.QueuedCallsMax} calls or {_options.QueuedMiBMax} MiB): "
            + "the disk does not keep up.",
        CallQueueAnswer.Closed => $"The store '{_options.DatabasePath}' was closed; nothing can be written to it or read from it.",
    };

    private void RunWriter()
    {
        SqliteWriter writer;
        try
        {
            writer = OpenAll();
        }
        catch (SqliteFailureException failure)
        {
            _opened.SetException(new LogStoreException(failure.TextFor(_options.DatabasePath), failure));
            return;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _opened.SetException(new LogStoreException(
                $"'{_options.DatabasePath}' cannot be opened: {exception.Message}", exception));
            return;
        }
        catch (Exception exception)
        {
            _opened.SetException(exception);
            return;
        }

        _opened.SetResult();
        writer.Serve();
        _writerEnded.SetResult();
    }

    private SqliteWriter OpenAll()
    {
        var connections = new List<SqliteConnection>();
        try
        {
            connections.Add(SqliteOpening.OpenWriter(_options));
            _logs.Load(connections[0]);
            connections.Add(SqliteOpening.Open(_options));
            connections.Add(SqliteOpening.Open(_options));
            var reader = new SqliteReader(_options, connections[1], _health, _reads);
            _wal = new WalKeeper(_options, connections[2], _health);
            new Thread(() => RunReader(reader)) { IsBackground = true, Name = "log store reader" }.Start();
            return new SqliteWriter(_options, connections[0], _logs, _health, _writes, _wal);
        }
        catch
        {
            connections.ForEach(connection => connection.Dispose());
            throw;
        }
    }

    private void RunReader(SqliteReader reader)
    {
        reader.Serve();
        _readerEnded.SetResult();
    }

    private async Task CloseOnceAsync()
    {
        _closed = true;
        _reads.Close();
        _writes.Close();
        await _readerEnded.Task;
        await _writerEnded.Task;
        _wal?.Dispose();
        _lock.Dispose();
    }
}
