using Npgsql;
using OrleansShards.Storage.GroupCommit;

namespace OrleansShards.Storage.Postgres;

/// <summary>The machinery of a store: two commit threads, each with a connection, and a pool of connections for reading.</summary>
/// <remarks>
/// Puts and publications have a thread of their own: what checkpoints write and drop is large, and no client waits for it.
/// </remarks>
internal sealed class PostgresEngine : IAsyncDisposable
{
    private readonly PostgresLogStoreOptions _options;
    private readonly PostgresSources _sources;
    private readonly (PostgresTransaction Transaction, CommitThread Thread) _puts;
    private readonly (PostgresTransaction Transaction, CommitThread Thread) _bulk;
    private readonly QueueLimits _limits;
    private readonly OpenCalls _reads = new();
    private readonly Lazy<Task> _close;

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
                await PostgresSchema.EnsureAsync(connection, options.SchemaName, cancellationToken);

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

    /// <summary>Reads, once none of this store's writes is in doubt; retries on another connection if one was lost.</summary>
    internal async ValueTask<TResult> ReadAsync<TResult>(
        Func<NpgsqlConnection, Task<TResult>> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_reads.TryEnter())
            throw new LogStoreException(_limits.Closed);

        try
        {
            if (_reads.Count > _limits.CallsMax)
                throw new LogStoreException(_limits.TooMuch);

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
            _reads.Leave();
        }
    }

    /// <summary>Finishes earlier calls and closes all. Repeatable.</summary>
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

    private async Task CloseOnceAsync()
    {
        await _reads.CloseAsync();
        await Writer.CloseAsync();
        _puts.Transaction.Dispose();
        _bulk.Transaction.Dispose();
        await _sources.DisposeAsync();
    }
}
