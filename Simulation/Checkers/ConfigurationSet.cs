namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// The configurations that a search has been in; open addressing over one array of words, as there may be a million. It
/// compares all words: a hash alone would now and then call a history not linearizable that is. A configuration with the
/// same state and the same answered operations as an earlier one, that has used up the same open operations and perhaps
/// more, leads nowhere that the earlier one does not, so it counts as known.
/// </summary>
/// <param name="kinds">How many kinds of open operations there are.</param>
internal sealed class ConfigurationSet(int kinds)
{
    // A record: its hash, its length, where its last variant is, its words.
    private const int RecordHead = 3;
    private const int None = -1;

    // A variant: where the one before is, by what it is bound, how many open operations of each kind are used.
    private const int VariantHead = 2;

    private int[] _recordAt = NewTable(1024);
    private ulong[] _records = new ulong[8192];
    private int _recordsUsed;
    private int _recordCount;
    private int[] _variants = new int[8192];
    private int _variantsUsed;

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    /// <summary>How often two were compared.</summary>
    internal long Comparisons { get; private set; }

    /// <summary>Adds a configuration unless it, or one that can do no less, is there.</summary>
    /// <param name="state">The key's state.</param>
    /// <param name="linearized">The answered operations that are linearized.</param>
    /// <param name="used">How many open operations of each kind are used.</param>
    /// <param name="bound">
    /// What restricts what may come next, <see cref="KeyStep.None"/> if nothing does: then it can do all that others can.
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

    /// <summary>Where the record of a state and a set is; it is made if there is none.</summary>
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

    /// <summary>The place in the table where the record is, or a free one where it would be.</summary>
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
