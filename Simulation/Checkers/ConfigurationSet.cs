using System.Runtime.InteropServices;
using OrleansShards.Core.Bytes;

namespace OrleansShards.Simulation.Checkers;

/// <summary>What a search has entered. A configuration covers others that are equal but for using more open operations.</summary>
internal sealed class ConfigurationSet
{
    private readonly Dictionary<ulong[], Variant?> _newest = new(new WordsComparer());
    private ulong[] _words = new ulong[16];

    internal int Count { get; private set; }

    /// <summary>How often two configurations were compared.</summary>
    internal long Comparisons { get; private set; }

    /// <summary>Adds a configuration unless one that covers it is known. A bound restricts the next one; no bound covers all.</summary>
    internal bool TryAdd(int state, LinearizedSet linearized, ReadOnlySpan<int> used, int bound)
    {
        if (_words.Length <= linearized.Length)
            _words = new ulong[2 * linearized.Length];

        Span<ulong> words = _words.AsSpan(0, linearized.Length + 1);
        words[0] = (ulong)state;
        linearized.Write(words[1..]);
        ref Variant? newest = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _newest.GetAlternateLookup<ReadOnlySpan<ulong>>(), words, out _);
        for (Variant? known = newest; known is not null; known = known.Older)
        {
            Comparisons++;
            if ((known.Bound == KeyStep.None || known.Bound == bound) && IsNoMore(known.Used, used))
                return false;
        }

        newest = new Variant(bound, used.ToArray(), newest);
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

    /// <summary>One of the configurations with the same state and answered operations.</summary>
    private sealed record Variant(int Bound, int[] Used, Variant? Older);

    /// <summary>Compares all words: with a hash alone, a collision would make a linearizable history look bad.</summary>
    private sealed class WordsComparer : IEqualityComparer<ulong[]>, IAlternateEqualityComparer<ReadOnlySpan<ulong>, ulong[]>
    {
        public bool Equals(ulong[]? left, ulong[]? right) => left.AsSpan().SequenceEqual(right);

        public bool Equals(ReadOnlySpan<ulong> left, ulong[] right) => left.SequenceEqual(right);

        public int GetHashCode(ulong[] words) => GetHashCode(words.AsSpan());

        public int GetHashCode(ReadOnlySpan<ulong> words) => (int)Crc32C.Append(0, MemoryMarshal.AsBytes(words));

        public ulong[] Create(ReadOnlySpan<ulong> words) => words.ToArray();
    }
}

/// <summary>The linearized answered operations: nearly a prefix, so the words between the full and the empty ones suffice.</summary>
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
