using System.Collections.Concurrent;

namespace OrleansShards.Storage.InMemory;

/// <summary>
/// Logs in the memory of this process, lost with it. Several nodes of one process share one instance, as they would share a
/// disk. Every call completes synchronously, so no caller ever waits for another thread.
/// </summary>
/// <remarks>
/// A put copies its record once; a read copies nothing, since records never change. Only callers' checkpoints and drops limit the memory.
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
        return _closed ? new((PutOutcome.NotStored, ClosedText))
            : cancellationToken.IsCancellationRequested ? new((PutOutcome.NotStored, "The put was cancelled before it began."))
            : OfLog(log).TryPut(index, record) ? new((PutOutcome.Stored, null))
            : new((PutOutcome.Occupied, $"Record {index} of log {log} is there already."));
    }

    /// <inheritdoc />
    public ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRead(log, bytesMax);
        return Refuse<(IReadOnlyList<StoredRecord>, LogIndex)>(cancellationToken) is { } refusal
            ? new(refusal)
            : new(Find(log)?.Read(from, bytesMax) ?? ([], LogIndex.None));
    }

    /// <inheritdoc />
    public ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRecord(log, index);
        return Refuse<bool>(cancellationToken) is { } refusal ? new(refusal) : new(Find(log)?.Has(index) ?? false);
    }

    /// <inheritdoc />
    public ValueTask DropAsync(LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckDrop(log, keep);
        if (Refuse<bool>(cancellationToken) is { } refusal)
            return new(refusal);

        Find(log)?.Drop(upTo, keep);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        if (Refuse<bool>(cancellationToken) is { } refusal)
            return new(refusal);

        OfLog(log).PutChunk(checkpoint, number, chunk);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint);
        return Refuse<bool>(cancellationToken) is { } refusal ? new(refusal) : new(OfLog(log).Publish(checkpoint, manifest));
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckLog(log);
        return Refuse<ReadOnlyMemory<byte>?>(cancellationToken) is { } refusal ? new(refusal) : new(Find(log)?.ReadManifest());
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        return Refuse<ReadOnlyMemory<byte>?>(cancellationToken) is { } refusal
            ? new(refusal)
            : new(Find(log)?.ReadChunk(checkpoint, number));
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default) =>
        Refuse<IReadOnlyList<LogName>>(cancellationToken) is { } refusal ? new(refusal) : new(
            [.. _logs.Where(log => log.Value.HasRecordOrCheckpoint()).Select(log => log.Key)
                .OrderBy(name => name.Value, StringComparer.Ordinal)]);

    /// <summary>Closes the store and releases its memory. Repeatable.</summary>
    public ValueTask DisposeAsync()
    {
        _closed = true;
        _logs.Clear();
        return ValueTask.CompletedTask;
    }

    private InMemoryLog OfLog(LogName log) => _logs.GetOrAdd(log, static _ => new InMemoryLog());

    /// <summary>Null for a log that was never written: reading does not create it.</summary>
    private InMemoryLog? Find(LogName log) => _logs.GetValueOrDefault(log);

    /// <summary>The answer to a call that is too late or cancelled; null for all others.</summary>
    private Task<TResult>? Refuse<TResult>(CancellationToken cancellationToken) =>
        _closed ? Task.FromException<TResult>(new LogStoreException(ClosedText))
        : cancellationToken.IsCancellationRequested ? Task.FromCanceled<TResult>(cancellationToken)
        : null;
}
