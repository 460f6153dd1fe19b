namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// The open operations of a key: those that do the same are of one kind and used in the order in which they began, as one
/// that began earlier may come wherever a later one may. So which of them are used is told by a count for each kind.
/// </summary>
internal sealed class OpenSteps
{
    private readonly KeyStep[][] _kinds;
    private readonly int[] _used;

    internal OpenSteps(IEnumerable<KeyStep> steps)
    {
        _kinds = [.. steps
            .Where(step => step.IsOpen)
            .GroupBy(step => (step.Action, step.Value, step.Expected, step.CreateIfAbsent))
            .Select(kind => kind.OrderBy(step => step.InvokedRank).ToArray())];
        _used = new int[_kinds.Length];
    }

    /// <summary>How many kinds there are.</summary>
    internal int Kinds => _kinds.Length;

    /// <summary>How many of each kind are used.</summary>
    internal ReadOnlySpan<int> Used => _used;

    /// <summary>One of a kind; they differ only in when they began, and whose they are.</summary>
    internal KeyStep Of(int kind) => _kinds[kind][0];

    /// <summary>Whether there is one more of a kind that began before a rank.</summary>
    internal bool IsLeft(int kind, int rank) =>
        _used[kind] < _kinds[kind].Length && _kinds[kind][_used[kind]].InvokedRank < rank;

    internal KeyStep Use(int kind) => _kinds[kind][_used[kind]++];

    internal void GiveBack(int kind) => _used[kind]--;
}
