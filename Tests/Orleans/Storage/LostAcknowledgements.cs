using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Orleans.Storage;

/// <summary>A store whose publications take effect and are never acknowledged. Leaves the store behind it open.</summary>
internal sealed class LostAcknowledgements(ILogStore inner) : ILogStore
{
    internal int Lost { get; private set; }

    public async ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default)
    {
        await inner.PublishAsync(log, checkpoint, manifest, cancellationToken);
        Lost++;
        throw new LogStoreException("the test lost the acknowledgement");
    }

    public ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default) =>
        inner.PutAsync(log, index, record, cancellationToken);

    public ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(log, from, bytesMax, cancellationToken);

    public ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default) =>
        inner.ProbeAsync(log, index, cancellationToken);

    public ValueTask DropAsync(
        LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken = default) =>
        inner.DropAsync(log, upTo, keep, cancellationToken);

    public ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken = default) =>
        inner.PutChunkAsync(log, checkpoint, number, chunk, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default) =>
        inner.ReadManifestAsync(log, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default) =>
        inner.ReadChunkAsync(log, checkpoint, number, cancellationToken);

    public ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default) =>
        inner.ListAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
