namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Which of the operations that were answered are linearized. In the order of invocations that is nearly a prefix, so
/// what is written of it is only where it ceases to be full and what follows up to where it is empty: a few words,
/// however long the history.
/// </summary>
internal sealed class LinearizedSet(int steps)
{
    // One word more than needed, so that there is always one that is not full.
    private readonly ulong[] _words = new ulong[(steps / 64) + 1];

    // Words below _low are full, that one is not; words above _high are empty, that one is not.
    private int _low;
    private int _high = -1;

    /// <summary>How many words <see cref="Write"/> writes.</summary>
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

    /// <summary>Writes the set, equal sets equally.</summary>
    internal void Write(Span<ulong> words)
    {
        words[0] = (ulong)_low;
        if (_high >= _low)
            _words.AsSpan(_low, _high - _low + 1).CopyTo(words[1..]);
    }
}
