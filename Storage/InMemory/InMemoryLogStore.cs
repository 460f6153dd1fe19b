using System.Collections.Concurrent;

namespace OrleansShards.Storage.InMemory;

/// <summary>
/// Logs in the memory of this process, gone with it. Several nodes of one process share one instance, as they would
/// share a disk. Every call is complete when it returns, so that no caller ever waits for another thread.
/// </summary>
/// <remarks>
/// What is put is copied once; what is read is not copied, since it is never changed. Nothing bounds the memory but the
/// callers' own checkpoints and drops.
/// </remarks>
public sealed class InMemoryLogStore : ILogStore
{
    private const string ClosedText = "The store in memory was closed; nothing can be written to it or read from it.";

    private readonly ConcurrentDictionary<LogName, InMemoryLog> _logs = new();
    private volatile bool _closed;

    /// <inheritdoc />
    public ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRecord(log, index);
        if (_closed)
            return new((PutOutcome.NotStored, ClosedText));

        if (cancellationToken.IsCancellationRequested)
            return new((PutOutcome.NotStored, "The put was cancelled before it began."));

        return OfLog(log).TryPut(index, record)
            ? new((PutOutcome.Stored, null))
            : new((PutOutcome.Occupied, $"Record {index} of log {log} is there already."));
    }

    /// <inheritdoc />
    public ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckLog(log);
        ArgumentOutOfRangeException.ThrowIfNegative(bytesMax);
        return Do(
            log, (from, bytesMax), static (found, asked) => found?.Read(asked.from, asked.bytesMax) ?? ([], LogIndex.None),
            cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRecord(log, index);
        return Do(log, index, static (found, index) => found?.Has(index) ?? false, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask DropAsync(
        LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckLog(log);
        ArgumentNullException.ThrowIfNull(keep);
        return WithoutResult(Do(
            log, (upTo, keep),
            static (found, asked) =>
            {
                found?.Drop(asked.upTo, asked.keep);
                return true;
            },
            cancellationToken));
    }

    /// <inheritdoc />
    public ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk,
        CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        return WithoutResult(Do(
            log, (Store: this, log, checkpoint, number, chunk),
            static (_, asked) =>
            {
                asked.Store.OfLog(asked.log).PutChunk(asked.checkpoint, asked.number, asked.chunk);
                return true;
            },
            cancellationToken));
    }

    /// <inheritdoc />
    public ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint);
        return Do(
            log, (Store: this, log, checkpoint, manifest),
            static (_, asked) => asked.Store.OfLog(asked.log).Publish(asked.checkpoint, asked.manifest),
            cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckLog(log);
        return Do(log, 0, static (found, _) => found?.ReadManifest(), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        return Do(
            log, (checkpoint, number), static (found, asked) => found?.ReadChunk(asked.checkpoint, asked.number),
            cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default)
    {
        if (_closed)
            return ValueTask.FromException<IReadOnlyList<LogName>>(new LogStoreException(ClosedText));

        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<IReadOnlyList<LogName>>(cancellationToken);

        var names = _logs.Where(log => log.Value.HasRecordOrCheckpoint).Select(log => log.Key);
        return new([.. names.OrderBy(name => name.Value, StringComparer.Ordinal)]);
    }

    /// <summary>Closes the store and lets its memory go. Repeatable.</summary>
    public ValueTask DisposeAsync()
    {
        _closed = true;
        _logs.Clear();
        return ValueTask.CompletedTask;
    }

    private InMemoryLog OfLog(LogName log) => _logs.GetOrAdd(log, static _ => new InMemoryLog());

    /// <summary>Answers at once. A log that was never written is null, and asking about it does not create it.</summary>
    private ValueTask<TResult> Do<TAsked, TResult>(
        LogName log, TAsked asked, Func<InMemoryLog?, TAsked, TResult> answer, CancellationToken cancellationToken)
    {
        if (_closed)
            return ValueTask.FromException<TResult>(new LogStoreException(ClosedText));

        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<TResult>(cancellationToken)
            : new(answer(_logs.GetValueOrDefault(log), asked));
    }

    private static ValueTask WithoutResult(ValueTask<bool> done) =>
        done.IsCompletedSuccessfully ? ValueTask.CompletedTask : new(done.AsTask());
}
