namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// The configurations that a search has been in, each as a few words; open addressing over one array of words, as there
/// may be a million. It compares all words: a hash alone would now and then call a history not linearizable that is.
/// </summary>
internal sealed class ConfigurationSet
{
    // A record: its hash, its length, its words.
    private const int RecordHead = 2;
    private const int Free = -1;

    private int[] _recordAt = NewTable(1024);
    private ulong[] _records = new ulong[8192];
    private int _used;

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    /// <summary>Adds a configuration unless it is there.</summary>
    /// <param name="tag">What is not in the set: the state.</param>
    /// <param name="linearized">The operations that are linearized.</param>
    /// <returns>Whether it is new.</returns>
    internal bool TryAdd(ulong tag, LinearizedSet linearized)
    {
        int length = linearized.Length + 1;
        while (_used + RecordHead + length > _records.Length)
        {
            Array.Resize(ref _records, 2 * _records.Length);
        }

        Span<ulong> words = _records.AsSpan(_used + RecordHead, length);
        words[0] = tag;
        linearized.Write(words[1..]);
        ulong hash = Hash(words);
        if (!TryFindFree(hash, words, out int place))
        {
            return false;
        }

        (_records[_used], _records[_used + 1]) = (hash, (ulong)length);
        _recordAt[place] = _used;
        _used += RecordHead + length;
        if (2 * ++Count > _recordAt.Length)
        {
            Grow();
        }

        return true;
    }

    private static int[] NewTable(int size)
    {
        int[] table = new int[size];
        Array.Fill(table, Free);
        return table;
    }

    private bool TryFindFree(ulong hash, ReadOnlySpan<ulong> words, out int place)
    {
        int mask = _recordAt.Length - 1;
        for (place = (int)hash & mask; _recordAt[place] != Free; place = (place + 1) & mask)
        {
            int record = _recordAt[place];
            if (_records[record] == hash
                && _records.AsSpan(record + RecordHead, (int)_records[record + 1]).SequenceEqual(words))
            {
                return false;
            }
        }

        return true;
    }

    private void Grow()
    {
        int[] old = _recordAt;
        _recordAt = NewTable(2 * old.Length);
        int mask = _recordAt.Length - 1;
        foreach (int record in old.Where(record => record != Free))
        {
            int place = (int)_records[record] & mask;
            while (_recordAt[place] != Free)
            {
                place = (place + 1) & mask;
            }

            _recordAt[place] = record;
        }
    }

    // Multiply and fold, a word at a time: the words differ in few bits, which have to reach the low ones.
    private static ulong Hash(ReadOnlySpan<ulong> words)
    {
        ulong hash = (ulong)words.Length;
        foreach (ulong word in words)
        {
            hash = (hash ^ word) * 0x9E37_79B9_7F4A_7C15;
            hash ^= hash >> 29;
        }

        hash *= 0xBF58_476D_1CE4_E5B9;
        return hash ^ (hash >> 32);
    }
}
