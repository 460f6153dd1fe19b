namespace OrleansShards.Simulation.Engine;

/// <summary>What the store keeps of one log.</summary>
internal sealed class StoreImage(LogTruth truth)
{
    private readonly Dictionary<ulong, ReadOnlyMemory<byte>> _records = [];
    private readonly Dictionary<(CheckpointId Checkpoint, int Number), ReadOnlyMemory<byte>> _chunks = [];
    private ulong _highest;

    internal LogTruth Truth { get; } = truth;

    internal LogIndex Checkpoint { get; private set; }

    internal ReadOnlyMemory<byte>? Manifest { get; private set; }

    /// <summary>When a put last succeeded.</summary>
    internal long PutAt { get; private set; }

    internal PutOutcome Put(StoreRequest.Put put, long now, out bool isNewEnd)
    {
        isNewEnd = false;
        if (!_records.TryAdd(put.Index.Value, put.Record))
            return PutOutcome.Occupied;

        isNewEnd = Truth.Take(put.Index, put.Record);
        _highest = Math.Max(_highest, put.Index.Value);
        PutAt = now;
        return PutOutcome.Stored;
    }

    internal List<StoredRecord> Read(LogIndex from, int bytesMax)
    {
        List<StoredRecord> found = [];
        int bytes = 0;
        for (ulong index = Math.Max(1, from.Value); index <= _highest; index++)
        {
            if (!_records.TryGetValue(index, out ReadOnlyMemory<byte> record))
                continue;

            if (found.Count > 0 && bytes + record.Length > bytesMax)
                break;

            found.Add(new StoredRecord(new LogIndex(index), record));
            bytes += record.Length;
        }

        return found;
    }

    internal bool Has(LogIndex index) => _records.ContainsKey(index.Value);

    /// <summary>Drops records up to an index, all of them or the lower half.</summary>
    internal void Drop(StoreRequest.Drop drop, bool onlyHalf)
    {
        ulong[] victims = [.. _records.Keys.Where(index => index <= drop.UpTo.Value && !drop.Keep.Contains(new LogIndex(index))).Order()];
        foreach (ulong index in victims.AsSpan(0, onlyHalf ? victims.Length / 2 : victims.Length))
            _records.Remove(index);
    }

    internal void PutChunk(StoreRequest.PutChunk put) => _chunks[(put.Checkpoint, put.Number)] = put.Chunk;

    internal ReadOnlyMemory<byte>? Chunk(CheckpointId checkpoint, int number) =>
        _chunks.TryGetValue((checkpoint, number), out ReadOnlyMemory<byte> chunk) ? chunk : default(ReadOnlyMemory<byte>?);

    /// <summary>Makes a checkpoint the newest, if it is. The caller deletes the older ones' chunks, at once or later.</summary>
    internal bool Publish(StoreRequest.Publish publish)
    {
        if (Manifest is not null && publish.Checkpoint.Index <= Checkpoint)
            return false;

        Checkpoint = publish.Checkpoint.Index;
        Manifest = publish.Manifest;
        return true;
    }

    internal void DeleteOldChunks()
    {
        foreach ((CheckpointId Checkpoint, int Number) chunk in _chunks.Keys.Where(chunk => chunk.Checkpoint.Index < Checkpoint).ToArray())
            _chunks.Remove(chunk);
    }
}
