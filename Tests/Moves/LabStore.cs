using System.Collections.Concurrent;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Moves;

/// <summary>
/// A store that can be cut off from logs, so that whoever lives by them is down, and that knows how many bytes of a log
/// are still there. Disposes the store behind it.
/// </summary>
internal sealed class LabStore(ILogStore inner) : ILogStore
{
    private readonly ConcurrentDictionary<string, bool> _cut = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(LogName Log, LogIndex Index), int> _records = new();
    private readonly ConcurrentDictionary<(LogName Log, CheckpointId Checkpoint, int Number), int> _chunks = new();

    /// <summary>All copies that a group has are without a store from now on.</summary>
    internal void Cut(GroupId group) => _cut[PrefixOf(group)] = true;

    /// <summary>A group's copy of one shard is without a store from now on.</summary>
    internal void Cut(GroupId group, ShardId shard) => _cut[LogName.Shard(group, shard).Value] = true;

    /// <summary>Everybody has the store again.</summary>
    internal void Heal() => _cut.Clear();

    /// <summary>How many bytes of a log are there: every record, chunk and manifest that was ever put and is not gone.</summary>
    internal async Task<long> BytesAsync(LogName log)
    {
        long bytes = (await inner.ReadManifestAsync(log)).GetValueOrDefault().Length;
        foreach (((LogName Log, LogIndex Index) put, int length) in _records.Where(put => put.Key.Log == log))
            bytes += await inner.ProbeAsync(log, put.Index) ? length : 0;

        foreach (((LogName Log, CheckpointId Checkpoint, int Number) put, int length) in _chunks.Where(put => put.Key.Log == log))
            bytes += await inner.ReadChunkAsync(log, put.Checkpoint, put.Number) is null ? 0 : length;

        return bytes;
    }

    public async ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        if (IsCut(log))
            return (PutOutcome.NotStored, $"the test has cut {log} off");

        (PutOutcome Outcome, string? Reason) result = await inner.PutAsync(log, index, record, cancellationToken);
        if (result.Outcome == PutOutcome.Stored)
            _records[(log, index)] = record.Length;

        return result;
    }

    public ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default) =>
        Reach(log).ReadAsync(log, from, bytesMax, cancellationToken);

    public ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default) =>
        Reach(log).ProbeAsync(log, index, cancellationToken);

    public ValueTask DropAsync(
        LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken = default) =>
        Reach(log).DropAsync(log, upTo, keep, cancellationToken);

    public async ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk,
        CancellationToken cancellationToken = default)
    {
        await Reach(log).PutChunkAsync(log, checkpoint, number, chunk, cancellationToken);
        _chunks[(log, checkpoint, number)] = chunk.Length;
    }

    public ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest,
        CancellationToken cancellationToken = default) =>
        Reach(log).PublishAsync(log, checkpoint, manifest, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default) =>
        Reach(log).ReadManifestAsync(log, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default) =>
        Reach(log).ReadChunkAsync(log, checkpoint, number, cancellationToken);

    public ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default) =>
        inner.ListAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static string PrefixOf(GroupId group) => $"shard/{group}/";

    private bool IsCut(LogName log) => _cut.Keys.Any(cut =>
        cut.EndsWith('/') ? log.Value.StartsWith(cut, StringComparison.Ordinal) : log.Value == cut);

    private ILogStore Reach(LogName log) =>
        IsCut(log) ? throw new LogStoreException($"the test has cut {log} off") : inner;
}
