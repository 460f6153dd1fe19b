namespace OrleansShards.Grains.Storage;

/// <summary>Collects the records of one read: more and more at once, until one is absent or no more fit. The first always fits.</summary>
internal sealed class RecordReading(Func<ulong, Task<byte[]?>> read, ulong from, int bytesMax)
{
    // How many round trips are saved, and how many records are read for nothing at most.
    private const int AheadMax = 16;

    private readonly List<StoredRecord> _records = [];
    private List<StoredRecord> _beyond = [];
    private long _bytes;

    internal IReadOnlyList<StoredRecord> Records => _records;

    /// <summary>The first number that was not read, or was absent.</summary>
    internal ulong At { get; private set; } = from;

    internal bool IsFull { get; private set; }

    /// <summary>Reads until a record is absent. The first is read alone: mostly there is none, or one.</summary>
    internal async Task ForwardAsync()
    {
        for (int ahead = 1; !IsFull && At <= LogStoreArgument.IndexMax; ahead = Math.Min(ahead * 2, AheadMax))
        {
            int count = (int)Math.Min((ulong)ahead, LogStoreArgument.IndexMax - At + 1);
            ulong first = At;
            byte[]?[] window = await Task.WhenAll(Enumerable.Range(0, count).Select(i => read(first + (ulong)i)));
            int present = Array.IndexOf(window, null) is >= 0 and int absent ? absent : count;
            foreach (byte[]? record in window.Take(present))
                Take(record!);

            if (present < count && !IsFull && !await IsThereNowAsync(first, window, present))
                return;
        }
    }

    /// <summary>Reads those of a list that exist.</summary>
    internal async Task OnlyAsync(IEnumerable<ulong> numbers)
    {
        foreach (ulong number in numbers)
        {
            if (IsFull)
                return;

            At = number;
            if (await read(number) is { } record)
                Take(record);
        }
    }

    /// <summary>Continues at a higher number.</summary>
    internal void SkipTo(ulong number)
    {
        At = number;
        _beyond = [];
    }

    /// <summary>Adds the records that reading ahead found behind a gap, which is so visible as a gap.</summary>
    internal void TakeBeyondGap()
    {
        foreach (StoredRecord record in _beyond.TakeWhile(_ => !IsFull))
        {
            At = record.Index.Value;
            Take(record.Bytes);
        }
    }

    /// <summary>Reads an absent record again if a later one exists: it was put before that one, between the reads, or is missing.</summary>
    private async Task<bool> IsThereNowAsync(ulong first, byte[]?[] window, int absent)
    {
        _beyond = [.. window.Skip(absent).Index().Where(static later => later.Item is not null)
            .Select(later => new StoredRecord(new LogIndex(first + (ulong)absent + (ulong)later.Index), later.Item))];
        if (_beyond.Count == 0 || await read(At) is not { } record)
            return false;

        Take(record);
        _beyond = [];
        return true;
    }

    private void Take(ReadOnlyMemory<byte> record)
    {
        IsFull |= _records.Count > 0 && _bytes + record.Length > bytesMax;
        if (IsFull)
            return;

        _bytes += record.Length;
        _records.Add(new StoredRecord(new LogIndex(At), record));
        At++;

        // The next one would not fit either, unless it is empty.
        IsFull = _bytes > bytesMax;
    }
}
