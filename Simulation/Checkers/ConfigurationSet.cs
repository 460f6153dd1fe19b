namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// The configurations that a search has entered. Open addressing over one array of words, as there may be a million. It
/// compares all words: with a hash alone, a collision would make a linearizable history look bad. A configuration counts as
/// known if an earlier one has the same state, the same answered operations, and no more open operations of any kind used.
/// </summary>
/// <param name="kinds">How many kinds of open operations there are.</param>
internal sealed class ConfigurationSet(int kinds)
{
    // A record has: its hash, its length, the index of its last variant, its words.
    private const int RecordHead = 3;
    private const int None = -1;

    // A variant has: the index of the one before, its bound, how many open operations of each kind are used.
    private const int VariantHead = 2;

    private int[] _recordAt = NewTable(1024);
    private ulong[] _records = new ulong[8192];
    private int _recordsUsed;
    private int _recordCount;
    private int[] _variants = new int[8192];
    private int _variantsUsed;

    internal int Count { get; private set; }

    /// <summary>How often two configurations were compared.</summary>
    internal long Comparisons { get; private set; }

    /// <summary>Adds a configuration unless it, or one that covers it, is known.</summary>
    /// <param name="state">The key's state.</param>
    /// <param name="linearized">The answered operations that are linearized.</param>
    /// <param name="used">How many open operations of each kind are used.</param>
    /// <param name="bound">
    /// What restricts the next operation; <see cref="KeyStep.None"/> for no restriction, which covers every other bound.
    /// </param>
    /// <returns>Whether it is new.</returns>
    internal bool TryAdd(int state, LinearizedSet linearized, ReadOnlySpan<int> used, int bound)
    {
        int record = Record(state, linearized);
        for (int at = (int)_records[record + 2]; at != None; at = _variants[at])
        {
            Comparisons++;
            int other = _variants[at + 1];
            if ((other == KeyStep.None || other == bound) && IsNoMore(_variants.AsSpan(at + VariantHead, kinds), used))
                return false;
        }

        while (_variantsUsed + VariantHead + kinds > _variants.Length)
            Array.Resize(ref _variants, 2 * _variants.Length);

        _variants[_variantsUsed] = (int)_records[record + 2];
        _variants[_variantsUsed + 1] = bound;
        used.CopyTo(_variants.AsSpan(_variantsUsed + VariantHead));
        _records[record + 2] = (ulong)_variantsUsed;
        _variantsUsed += VariantHead + kinds;
        Count++;
        return true;
    }

    private static bool IsNoMore(ReadOnlySpan<int> these, ReadOnlySpan<int> those)
    {
        for (int index = 0; index < these.Length; index++)
        {
            if (these[index] > those[index])
                return false;
        }

        return true;
    }

    private static int[] NewTable(int size)
    {
        int[] table = new int[size];
        Array.Fill(table, None);
        return table;
    }

    /// <summary>The index of the record of a state and a set; adds it if there is none.</summary>
    private int Record(int state, LinearizedSet linearized)
    {
        int length = linearized.Length + 1;
        while (_recordsUsed + RecordHead + length > _records.Length)
            Array.Resize(ref _records, 2 * _records.Length);

        Span<ulong> words = _records.AsSpan(_recordsUsed + RecordHead, length);
        words[0] = (ulong)state;
        linearized.Write(words[1..]);
        ulong hash = Hash(words);
        int place = Find(hash, words);
        if (_recordAt[place] != None)
            return _recordAt[place];

        int record = _recordsUsed;
        (_records[record], _records[record + 1], _records[record + 2]) = (hash, (ulong)length, unchecked((ulong)None));
        _recordAt[place] = record;
        _recordsUsed += RecordHead + length;
        if (2 * ++_recordCount > _recordAt.Length)
            Grow();

        return record;
    }

    /// <summary>The place in the table where the record is, or the free place where it belongs.</summary>
    private int Find(ulong hash, ReadOnlySpan<ulong> words)
    {
        int mask = _recordAt.Length - 1;
        for (int place = (int)hash & mask; ; place = (place + 1) & mask)
        {
            int record = _recordAt[place];
            if (record == None
                || (_records[record] == hash
                    && _records.AsSpan(record + RecordHead, (int)_records[record + 1]).SequenceEqual(words)))
            {
                return place;
            }
        }
    }

    private void Grow()
    {
        int[] old = _recordAt;
        _recordAt = NewTable(2 * old.Length);
        int mask = _recordAt.Length - 1;
        foreach (int record in old.Where(record => record != None))
        {
            int place = (int)_records[record] & mask;
            while (_recordAt[place] != None)
                place = (place + 1) & mask;

            _recordAt[place] = record;
        }
    }

    // Multiply and fold each word: the words differ in few bits, which have to reach the low ones.
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

/// <summary>
/// The answered operations that are linearized. In the order of invocations they are nearly a prefix, so only the words between
/// the full ones and the empty ones are written: a few words, however long the history is.
/// </summary>
internal sealed class LinearizedSet(int steps)
{
    // One word more than needed, so that one is never full.
    private readonly ulong[] _words = new ulong[(steps / 64) + 1];

    // Words below _low are full, that one is not; words above _high are empty, that one is not.
    private int _low;
    private int _high = -1;

    /// <summary>The number of words that <see cref="Write"/> writes.</summary>
    internal int Length => 1 + Math.Max(0, _high - _low + 1);

    internal void Add(int step)
    {
        _words[step >> 6] |= 1UL << step;
        _high = Math.Max(_high, step >> 6);
        while (_words[_low] == ulong.MaxValue)
            _low++;
    }

    internal void Remove(int step)
    {
        _words[step >> 6] &= ~(1UL << step);
        _low = Math.Min(_low, step >> 6);
        while (_high >= 0 && _words[_high] == 0)
            _high--;
    }

    internal void Write(Span<ulong> words)
    {
        words[0] = (ulong)_low;
        if (_high >= _low)
            _words.AsSpan(_low, _high - _low + 1).CopyTo(words[1..]);
    }
}
