using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>
/// One log's store in memory. It carries a request out at the moment when it is told to, and keeps what it was given
/// for ever beside what it still has, so that a test can look up what was dropped.
/// </summary>
internal sealed class ScriptedStore
{
    private readonly SortedDictionary<ulong, ReadOnlyMemory<byte>> _records = [];
    private readonly Dictionary<(CheckpointId, int), ReadOnlyMemory<byte>> _chunks = [];

    internal IReadOnlyDictionary<ulong, ReadOnlyMemory<byte>> Records => _records;

    /// <summary>
    /// What each number had first, also where it was dropped since: the log as all that was ever acknowledged has to
    /// stand in it. (A stale writer's record, at a number that was dropped, is not in the log.)
    /// </summary>
    internal List<ReadOnlyMemory<byte>> History { get; } = [];

    internal ReadOnlyMemory<byte>? Manifest { get; private set; }

    internal LogIndex CheckpointIndex { get; set; }

    internal int Chunks => _chunks.Count;

    internal StoreCompletion Do(StoreRequest request) => request switch
    {
        StoreRequest.Put put => new StoreCompletion.Put(put.Op, Put(put), "the number is taken"),
        StoreRequest.Read read => new StoreCompletion.Read(read.Op, Read(read), CheckpointIndex),
        StoreRequest.Probe probe => new StoreCompletion.Probe(probe.Op, _records.ContainsKey(probe.Index.Value)),
        StoreRequest.Drop drop => Drop(drop),
        StoreRequest.PutChunk chunk => PutChunk(chunk),
        StoreRequest.Publish publish => new StoreCompletion.Published(publish.Op, Publish(publish)),
        StoreRequest.ReadManifest read => new StoreCompletion.Manifest(read.Op, Manifest),
        StoreRequest.ReadChunk read => new StoreCompletion.Chunk(read.Op, ReadChunk(read)),
        _ => throw new ArgumentException($"{request}", nameof(request)),
    };

    internal void Overwrite(ulong index, ReadOnlyMemory<byte> bytes) => _records[index] = bytes;

    internal void Erase(ulong index) => _records.Remove(index);

    internal void OverwriteManifest(ReadOnlyMemory<byte> bytes) => Manifest = bytes;

    internal void DamageChunk(int number)
    {
        (CheckpointId, int) key = _chunks.Keys.Single(chunk => chunk.Item1.Index == CheckpointIndex && chunk.Item2 == number);
        _chunks[key] = RecordBytes.Flipped(_chunks[key], 0);
    }

    internal void EraseChunks() => _chunks.Clear();

    private PutOutcome Put(StoreRequest.Put put)
    {
        if (!_records.TryAdd(put.Index.Value, put.Record))
            return PutOutcome.Occupied;

        if (put.Index.Value == (ulong)History.Count + 1)
            History.Add(put.Record);

        return PutOutcome.Stored;
    }

    private List<StoredRecord> Read(StoreRequest.Read read)
    {
        List<StoredRecord> found = [];
        int bytes = 0;
        foreach ((ulong index, ReadOnlyMemory<byte> record) in _records.Where(it => it.Key >= read.From.Value))
        {
            bytes += record.Length;
            if (found.Count > 0 && bytes > read.BytesMax)
                break;

            found.Add(new StoredRecord(new LogIndex(index), record));
        }

        return found;
    }

    private StoreCompletion.Done Drop(StoreRequest.Drop drop)
    {
        Assert.True(drop.UpTo < CheckpointIndex, $"records up to {drop.UpTo} go, the newest checkpoint is at {CheckpointIndex}");
        foreach (ulong index in _records.Keys.Where(index => index <= drop.UpTo.Value).ToArray())
        {
            if (!drop.Keep.Contains(new LogIndex(index)))
                _records.Remove(index);
        }

        return new StoreCompletion.Done(drop.Op);
    }

    // Not `? chunk : null`: that null would become an empty memory.
    private ReadOnlyMemory<byte>? ReadChunk(StoreRequest.ReadChunk read) =>
        _chunks.TryGetValue((read.Checkpoint, read.Number), out ReadOnlyMemory<byte> chunk) ? chunk : default(ReadOnlyMemory<byte>?);

    private StoreCompletion.Done PutChunk(StoreRequest.PutChunk put)
    {
        _chunks[(put.Checkpoint, put.Number)] = put.Chunk;
        return new StoreCompletion.Done(put.Op);
    }

    private bool Publish(StoreRequest.Publish publish)
    {
        if (publish.Checkpoint.Index <= CheckpointIndex)
            return false;

        CheckpointIndex = publish.Checkpoint.Index;
        Manifest = publish.Manifest;
        foreach ((CheckpointId, int) chunk in _chunks.Keys.Where(chunk => chunk.Item1.Index < CheckpointIndex).ToArray())
            _chunks.Remove(chunk);

        return true;
    }
}
