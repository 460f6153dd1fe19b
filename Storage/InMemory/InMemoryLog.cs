namespace OrleansShards.Storage.InMemory;

/// <summary>One log in memory. One lock covers all of it, so that records and checkpoint are read atomically.</summary>
internal sealed class InMemoryLog
{
    private static readonly Comparer<StoredRecord> ByIndex =
        Comparer<StoredRecord>.Create(static (left, right) => left.Index.CompareTo(right.Index));

    private readonly Lock _lock = new();

    // In rising order. A put nearly always appends; the place of any other is searched for.
    private readonly List<StoredRecord> _records = [];
    private readonly Dictionary<(CheckpointId Checkpoint, int Number), ReadOnlyMemory<byte>> _chunks = [];
    private CheckpointId _checkpoint;
    private ReadOnlyMemory<byte>? _manifest;

    internal bool HasRecordOrCheckpoint()
    {
        lock (_lock)
            return _records.Count > 0 || _manifest is not null;
    }

    internal bool TryPut(LogIndex index, ReadOnlyMemory<byte> record)
    {
        lock (_lock)
        {
            var at = Find(index);
            if (at >= 0)
                return false;

            // Copied: the caller may reuse its buffer once this has returned.
            _records.Insert(~at, new StoredRecord(index, record.ToArray()));
            return true;
        }
    }

    internal (IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex) Read(LogIndex from, int bytesMax)
    {
        lock (_lock)
        {
            var records = new List<StoredRecord>();
            long bytes = 0;
            var first = Find(from);
            for (var at = first < 0 ? ~first : first; at < _records.Count; at++)
            {
                bytes += _records[at].Bytes.Length;
                if (bytes > bytesMax && records.Count > 0)
                    break;

                records.Add(_records[at]);
            }

            return (records, _checkpoint.Index);
        }
    }

    internal bool Has(LogIndex index)
    {
        lock (_lock)
            return Find(index) >= 0;
    }

    internal void Drop(LogIndex upTo, IReadOnlyList<LogIndex> keep)
    {
        var kept = keep.ToHashSet();
        lock (_lock)
            _records.RemoveAll(record => record.Index <= upTo && !kept.Contains(record.Index));
    }

    internal void PutChunk(CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk)
    {
        lock (_lock)
            _chunks[(checkpoint, number)] = chunk.ToArray();
    }

    internal bool Publish(CheckpointId checkpoint, ReadOnlyMemory<byte> manifest)
    {
        lock (_lock)
        {
            if (checkpoint.Index <= _checkpoint.Index)
                return false;

            _checkpoint = checkpoint;
            _manifest = manifest.ToArray();
            foreach (var older in _chunks.Keys.Where(key => key.Checkpoint.Index < checkpoint.Index).ToList())
                _chunks.Remove(older);

            return true;
        }
    }

    internal ReadOnlyMemory<byte>? ReadManifest()
    {
        lock (_lock)
            return _manifest;
    }

    internal ReadOnlyMemory<byte>? ReadChunk(CheckpointId checkpoint, int number)
    {
        // Not "? chunk : null": null converts to an empty memory.
        lock (_lock)
            return _chunks.TryGetValue((checkpoint, number), out var chunk) ? new ReadOnlyMemory<byte>?(chunk) : null;
    }

    /// <summary>The record's position; if there is none, the complement of the next one's.</summary>
    private int Find(LogIndex index) => _records.Count == 0 || _records[^1].Index < index
        ? ~_records.Count
        : _records.BinarySearch(new(index, default), ByIndex);
}
