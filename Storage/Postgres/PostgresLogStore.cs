using Npgsql;
using OrleansShards.Storage.GroupCommit;

namespace OrleansShards.Storage.Postgres;

/// <summary>
/// Logs in a PostgreSQL database, for processes on several machines: all logs of a process share two writing connections, and
/// all writes that wait at one time share one transaction and one flush.
/// </summary>
/// <remarks>
/// <para>Any number of processes may use the same schema. An acknowledged write survives the end of this process, and of the
/// server's machine as far as its disk keeps what was flushed (<c>synchronous_commit</c> is on in every
/// session, a server with <c>fsync=off</c> is refused).</para>
/// <para>If a connection is lost during a commit, its puts are unknown. No read of this store is answered until the server has ended that
/// session; from then on every read shows their final outcome. The store reconnects by itself, with the next call.</para>
/// <para>No call waits forever: see <see cref="PostgresLogStoreOptions.CommandTimeoutSeconds"/>. Continuations of puts
/// run on the store's thread.</para>
/// </remarks>
public sealed class PostgresLogStore : ILogStore
{
    private readonly PostgresLogStoreOptions _options;
    private readonly PostgresSources _sources;
    private readonly PostgresQuery _query;

    // What checkpoints write and drop is large, and no client waits for it: it has a thread and a connection of its own.
    private readonly (PostgresTransaction Transaction, CommitThread Thread) _puts;
    private readonly (PostgresTransaction Transaction, CommitThread Thread) _bulk;
    private readonly LogWriter _writer;
    private readonly QueueLimits _limits;
    private readonly OpenCalls _reads = new();
    private readonly Lazy<Task> _close;

    private PostgresLogStore(PostgresLogStoreOptions options, PostgresSources sources)
    {
        (_options, _sources, _close) = (options, sources, new(CloseOnceAsync));
        var sql = new PostgresSql(options.SchemaName);
        _query = new PostgresQuery(sql);
        _limits = new(
            options.QueuedCallsMax,
            (long)options.QueuedMiBMax << 20,
            $"{PostgresFailure.Database}: too much waits ({options.QueuedCallsMax} calls or {options.QueuedMiBMax} MiB): the server "
            + "does not keep up.",
            $"{PostgresFailure.Database}: the store was closed; nothing can be written to it or read from it.");
        _puts = Start("log store puts", sql);
        _bulk = Start("log store checkpoints", sql);
        _writer = new LogWriter(_puts.Thread, _bulk.Thread);
    }

    /// <summary>Connects, and creates schema and tables if they are missing.</summary>
    /// <exception cref="ArgumentException">The options are wrong; the text has every error.</exception>
    /// <exception cref="LogStoreException">
    /// The server cannot be reached, is not suitable, or has tables of another version; the text says why and what an operator can do.
    /// </exception>
    public static async Task<PostgresLogStore> OpenAsync(
        PostgresLogStoreOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        LogStoreArgument.CheckOptions(options, options.Validate());
        var sources = new PostgresSources(options);
        try
        {
            await using (var connection = await sources.Readers.OpenConnectionAsync(cancellationToken))
                await PostgresSchema.EnsureAsync(connection, options.SchemaName, cancellationToken);

            return new PostgresLogStore(options, sources);
        }
        catch (Exception exception)
        {
            await sources.DisposeAsync();
            if (exception is LogStoreException or OperationCanceledException)
                throw;

            throw new LogStoreException(PostgresFailure.TextFor(sources.Place, exception), exception);
        }
    }

    /// <inheritdoc />
    public ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default) =>
        _writer.PutAsync(log, index, record, cancellationToken);

    /// <inheritdoc />
    public ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRead(log, bytesMax);
        return ReadAsync(connection => _query.ReadAsync(connection, log, from, bytesMax), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRecord(log, index);
        return ReadAsync(connection => _query.ProbeAsync(connection, log, index), cancellationToken);
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
        return ReadAsync(connection => _query.ReadManifestAsync(connection, log), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        return ReadAsync(connection => _query.ReadChunkAsync(connection, log, checkpoint, number), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(_query.ListAsync, cancellationToken);

    /// <summary>Finishes earlier calls and closes the connections. Repeatable.</summary>
    public ValueTask DisposeAsync() => new(_close.Value);

    /// <summary>Reads, once none of this store's writes is in doubt; retries on another connection if one was lost.</summary>
    private async ValueTask<TResult> ReadAsync<TResult>(
        Func<NpgsqlConnection, Task<TResult>> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_reads.TryEnter())
            throw new LogStoreException(_limits.Closed);

        try
        {
            if (_reads.Count > _limits.CallsMax)
                throw new LogStoreException(_limits.TooMuch);

            await AwaitFenceAsync(_puts, cancellationToken);
            await AwaitFenceAsync(_bulk, cancellationToken);
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
        catch (LogStoreException refusal) when (refusal.Message.Contains(_sources.Place, StringComparison.Ordinal))
        {
            // A connection's server is not fit any more.
            throw new LogStoreException(_sources.Report(refusal), refusal);
        }
        catch (Exception exception) when (exception is not (LogStoreException or OperationCanceledException))
        {
            throw new LogStoreException(_sources.Report(exception), exception);
        }
        finally
        {
            _reads.Leave();
        }
    }

    private async Task<TResult> ReadOnceAsync<TResult>(
        Func<NpgsqlConnection, Task<TResult>> read, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Readers.OpenConnectionAsync(cancellationToken);
        return await read(connection);
    }

    private static async ValueTask AwaitFenceAsync(
        (PostgresTransaction Transaction, CommitThread Thread) writer, CancellationToken cancellationToken)
    {
        if (writer.Transaction.IsInDoubt)
            await writer.Thread.Queue(new FenceWrite(cancellationToken), 0);
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
        await _writer.CloseAsync();
        _puts.Transaction.Dispose();
        _bulk.Transaction.Dispose();
        await _sources.DisposeAsync();
    }
}
