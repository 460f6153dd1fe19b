using Npgsql;
using OrleansShards.Storage.GroupCommit;

namespace OrleansShards.Storage.Postgres;

/// <summary>What a store runs on: two commit threads, each with a connection, and a pool of connections for reading.</summary>
/// <remarks>
/// Puts and publications have a thread of their own: what checkpoints write and drop is large, and nobody waits for it
/// with a client behind him.
/// </remarks>
internal sealed class PostgresEngine : IAsyncDisposable
{
    private readonly PostgresLogStoreOptions _options;
    private readonly PostgresSources _sources;
    private readonly (PostgresTransaction Transaction, CommitThread Thread) _puts;
    private readonly (PostgresTransaction Transaction, CommitThread Thread) _bulk;
    private readonly QueueLimits _limits;
    private readonly TaskCompletionSource _readsEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lazy<Task> _close;

    // Reads under way, and one for the open store itself: at 0 the last read of a closed store has ended.
    private int _reads = 1;
    private volatile bool _closed;

    private PostgresEngine(PostgresLogStoreOptions options, PostgresSources sources)
    {
        (_options, _sources, _close) = (options, sources, new(CloseOnceAsync));
        var sql = new PostgresSql(options.SchemaName);
        Query = new PostgresQuery(sql);
        _limits = new(
            options.QueuedCallsMax,
            (long)options.QueuedMiBMax << 20,
            $"{sources.Place}: too much waits ({options.QueuedCallsMax} calls or {options.QueuedMiBMax} MiB): the server does not "
            + "keep up.",
            $"{sources.Place}: the store was closed; nothing can be written to it or read from it.");
        _puts = Start("log store puts", sql);
        _bulk = Start("log store checkpoints", sql);
        Writer = new LogWriter(_puts.Thread, _bulk.Thread);
    }

    internal LogWriter Writer { get; }

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

            return new PostgresEngine(options, sources);
        }
        catch (Exception exception)
        {
            await sources.DisposeAsync();
            if (exception is LogStoreException or OperationCanceledException)
                throw;

            throw new LogStoreException(PostgresFailure.TextFor(sources.Place, exception), exception);
        }
    }

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

    private static async ValueTask SettleAsync(
        (PostgresTransaction Transaction, CommitThread Thread) writer, CancellationToken cancellationToken)
    {
        if (writer.Transaction.IsInDoubt)
            await writer.Thread.Queue(new SettledWrite(cancellationToken), 0);
    }

    private (PostgresTransaction Transaction, CommitThread Thread) Start(string name, PostgresSql sql)
    {
        PostgresTransaction transaction = new(_options, _sources, sql);
        return (transaction, new(
            name, transaction, _limits, _options.CommitCallsMax, (long)_options.CommitMiBMax << 20, _options.Faults));
    }

    // First counted, then looked: either the closing store waits for this read, or this read sees that it is closed.
    private void BeginRead()
    {
        var reads = Interlocked.Increment(ref _reads);
        if (_closed)
            throw new LogStoreException(_limits.Closed);

        if (reads - 1 > _limits.CallsMax)
            throw new LogStoreException(_limits.TooMuch);
    }

    private void EndRead()
    {
        if (Interlocked.Decrement(ref _reads) == 0)
            _readsEnded.TrySetResult();
    }

    private async Task CloseOnceAsync()
    {
        _closed = true;
        EndRead();
        await _readsEnded.Task;
        await Writer.CloseAsync();
        _puts.Transaction.Dispose();
        _bulk.Transaction.Dispose();
        await _sources.DisposeAsync();
    }
}
