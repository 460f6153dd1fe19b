using Npgsql;

namespace OrleansShards.Storage.Postgres;

/// <summary>
/// What a store runs on: two writing threads, each with a connection, and a pool of connections for reading.
/// </summary>
/// <remarks>
/// Puts and publications have a thread of their own: what checkpoints write and drop is large, and nobody waits for it
/// with a client behind him.
/// </remarks>
internal sealed class PostgresEngine : IAsyncDisposable
{
    private readonly PostgresLogStoreOptions _options;
    private readonly PostgresSources _sources;
    private readonly PostgresLane _puts;
    private readonly PostgresLane _bulk;
    private readonly TaskCompletionSource _readsEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lazy<Task> _close;

    // Reads under way, and one for the open store itself: at 0 the last read of a closed store has ended.
    private int _reads = 1;
    private volatile bool _closed;

    private PostgresEngine(PostgresLogStoreOptions options, PostgresSources sources)
    {
        (_options, _sources) = (options, sources);
        var sql = new PostgresSql(options.SchemaName);
        Query = new PostgresQuery(sql);
        _puts = new PostgresLane(options, sources, sql);
        _bulk = new PostgresLane(options, sources, sql);
        _close = new(CloseOnceAsync);
    }

    internal PostgresQuery Query { get; }

    internal static async Task<PostgresEngine> OpenAsync(PostgresLogStoreOptions options, CancellationToken cancellationToken)
    {
        var sources = new PostgresSources(options);
        try
        {
            await using (var connection = await sources.Readers.OpenConnectionAsync(cancellationToken))
            {
                await PostgresSchema.EnsureAsync(connection, options.SchemaName, cancellationToken);
            }

            var engine = new PostgresEngine(options, sources);
            engine._puts.Start("log store puts");
            engine._bulk.Start("log store checkpoints");
            return engine;
        }
        catch (Exception exception)
        {
            await sources.DisposeAsync();
            if (exception is LogStoreException or OperationCanceledException)
            {
                throw;
            }

            throw new LogStoreException(PostgresFailure.TextFor(sources.Place, exception), exception);
        }
    }

    /// <summary>Queues a put or a publication.</summary>
    internal ValueTask<TResult> Put<TResult>(PostgresWrite<TResult> write, long bytes) => Queue(_puts, write, bytes);

    /// <summary>Queues any other write.</summary>
    internal ValueTask<TResult> WriteBulk<TResult>(PostgresWrite<TResult> write, long bytes) => Queue(_bulk, write, bytes);

    /// <summary>Reads, once nothing that this store has written is in doubt; on another connection where one was lost.</summary>
    internal async ValueTask<TResult> ReadAsync<TResult>(
        Func<NpgsqlConnection, Task<TResult>> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            BeginRead();
            await SettleAsync(_puts, cancellationToken);
            await SettleAsync(_bulk, cancellationToken);
            try
            {
                return await ReadOnceAsync(read, cancellationToken);
            }
            catch (Exception exception) when (PostgresFailure.IsConnectionLost(exception))
            {
                // After a restart of the server each connection of the pool fails once.
                _sources.Readers.Clear();
                return await ReadOnceAsync(read, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not (LogStoreException or OperationCanceledException))
        {
            throw new LogStoreException(PostgresFailure.TextFor(_sources.Place, exception), exception);
        }
        finally
        {
            EndRead();
        }
    }

    /// <summary>Finishes what was asked before and closes all. Repeatable.</summary>
    public ValueTask DisposeAsync() => new(_close.Value);

    private async Task<TResult> ReadOnceAsync<TResult>(
        Func<NpgsqlConnection, Task<TResult>> read, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Readers.OpenConnectionAsync(cancellationToken);
        return await read(connection);
    }

    private async ValueTask SettleAsync(PostgresLane lane, CancellationToken cancellationToken)
    {
        if (lane.IsInDoubt)
        {
            await Queue(lane, new SettledWrite(cancellationToken), 0);
        }
    }

    private ValueTask<TResult> Queue<TResult>(PostgresLane lane, PostgresWrite<TResult> write, long bytes)
    {
        if (write.IsCancelled)
        {
            write.Cancel();
        }
        else if (RefusalOf(lane.TryAdd(write, bytes)) is { } text)
        {
            write.Fail(text, certain: true);
        }

        return new(write.Task);
    }

    private string? RefusalOf(CallQueueAnswer answer) => answer switch
    {
        CallQueueAnswer.Added => null,
        CallQueueAnswer.Full => TooMuch,
        CallQueueAnswer.Closed => Closed,
    };

    private string TooMuch =>
        $"{_sources.Place}: too much waits ({_options.QueuedCallsMax} calls or {_options.QueuedMiBMax} MiB): the server does not "
        + "keep up.";

    private string Closed => $"{_sources.Place}: the store was closed; nothing can be written to it or read from it.";

    // First counted, then looked: either the closing store waits for this read, or this read sees that it is closed.
    private void BeginRead()
    {
        var reads = Interlocked.Increment(ref _reads);
        if (_closed)
        {
            throw new LogStoreException(Closed);
        }

        if (reads - 1 > _options.QueuedCallsMax)
        {
            throw new LogStoreException(TooMuch);
        }
    }

    private void EndRead()
    {
        if (Interlocked.Decrement(ref _reads) == 0)
        {
            _readsEnded.TrySetResult();
        }
    }

    private async Task CloseOnceAsync()
    {
        _closed = true;
        EndRead();
        await _readsEnded.Task;
        _puts.Close();
        await _puts.Ended;
        _bulk.Close();
        await _bulk.Ended;
        await _sources.DisposeAsync();
    }
}
