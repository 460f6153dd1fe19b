using System.Numerics;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Which operations are linearized. In the order of invocations that is nearly a prefix, so what is written of it is
/// only where it ceases to be full and what follows up to where it is empty: a few words, however long the history. Open
/// operations, which may stay out for ever, are kept apart.
/// </summary>
internal sealed class LinearizedSet
{
    private readonly int[] _bitOf;
    private readonly bool[] _isOpen;
    private readonly ulong[] _answered;
    private readonly ulong[] _open;

    // Words of _answered below _low are full, that one is not; words above _high are empty, that one is not.
    private int _low;
    private int _high = -1;

    internal LinearizedSet(List<KeyStep> steps)
    {
        _bitOf = new int[steps.Count];
        _isOpen = [.. steps.Select(step => step.IsOpen)];
        int open = 0;
        foreach (var (index, isOpen) in _isOpen.Index())
        {
            _bitOf[index] = isOpen ? open++ : index - open;
        }

        _open = new ulong[(open + 63) / 64];
        // One word more than needed, so that there is always one that is not full.
        _answered = new ulong[((steps.Count - open) / 64) + 1];
    }

    /// <summary>How many words <see cref="Write"/> writes.</summary>
    internal int Length => 1 + _open.Length + Math.Max(0, _high - _low + 1);

    internal void Add(int step)
    {
        int bit = _bitOf[step];
        if (_isOpen[step])
        {
            _open[bit >> 6] |= 1UL << bit;
            return;
        }

        _answered[bit >> 6] |= 1UL << bit;
        _high = Math.Max(_high, bit >> 6);
        while (BitOperations.PopCount(_answered[_low]) == 64)
        {
            _low++;
        }
    }

    internal void Remove(int step)
    {
        int bit = _bitOf[step];
        if (_isOpen[step])
        {
            _open[bit >> 6] &= ~(1UL << bit);
            return;
        }

        _answered[bit >> 6] &= ~(1UL << bit);
        _low = Math.Min(_low, bit >> 6);
        while (_high >= 0 && _answered[_high] == 0)
        {
            _high--;
        }
    }

    /// <summary>Writes the set, equal sets equally.</summary>
    internal void Write(Span<ulong> words)
    {
        words[0] = (ulong)_low;
        _open.CopyTo(words[1..]);
        if (_high >= _low)
        {
            _answered.AsSpan(_low, _high - _low + 1).CopyTo(words[(1 + _open.Length)..]);
        }
    }
}
