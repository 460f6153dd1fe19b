namespace OrleansShards.Simulation.Checkers;

/// <summary>Takes operations away that cannot be why a history has no linearization: if the history has one, so has what is left.</summary>
/// <remarks>
/// <para>
/// Operations that changed nothing can be taken out of any linearization: nothing after them depends on them.
/// </para>
/// <para>
/// A set G of operations can if nobody outside of it can have observed what one of them left. Take a linearization of the
/// whole (without such open operations as change nothing in it) and o outside of G; let w be the last before o that set
/// the state. If w is not in G, o finds the same state when G is gone. If it is, o does not observe what w left, so o is a
/// write or an open delete: it fits any state and leaves the same, or need not happen. So the rest is a linearization of
/// the rest.
/// </para>
/// <para>
/// Who cannot have observed what w left: what returned before w began; and what began after a change had returned that
/// itself had begun after w had returned, as then w was not the last. (That change may be in G: then it is the w to ask
/// about.)
/// </para>
/// </remarks>
internal sealed class KeyReduction
{
    private readonly List<KeyStep> _steps;
    private readonly bool[] _isGone;
    private readonly int[] _open;

    // The latest return among the answered operations up to an index: those before one that overlap it are not far.
    private readonly int[] _latestReturn;

    // For the operation that last set a value before others named it, those others.
    private readonly Dictionary<int, List<int>> _namedBy = [];

    private KeyReduction(List<KeyStep> steps)
    {
        _steps = steps;
        _isGone = new bool[steps.Count];
        _open = [.. Enumerable.Range(0, steps.Count).Where(index => steps[index].IsOpen)];
        _latestReturn = new int[steps.Count];
        int latest = -1;
        var setBy = new Dictionary<int, int>();
        for (int index = 0; index < steps.Count; index++)
        {
            KeyStep step = steps[index];
            latest = step.IsOpen ? latest : Math.Max(latest, step.ReturnedRank);
            _latestReturn[index] = latest;
            if (setBy.TryGetValue(step.Named, out int setter))
            {
                _namedBy.TryAdd(setter, []);
                _namedBy[setter].Add(index);
            }

            if (!step.IsPure)
                setBy[step.Effect] = index;
        }
    }

    /// <summary>
    /// Without the open operations that make no difference. This way round it holds too that what is left has no
    /// linearization if the history has none, as they need never happen; so a search may start from here.
    /// </summary>
    internal static List<KeyStep> WithoutIdle(List<KeyStep> steps) => Without(steps, step => step.IsOpen);

    /// <summary>Without those of the chosen operations that may be taken away together.</summary>
    internal static List<KeyStep> Without(List<KeyStep> steps, Func<KeyStep, bool> isChosen)
    {
        List<int> chosen = [.. Enumerable.Range(0, steps.Count).Where(index => isChosen(steps[index]))];
        if (chosen.Count == 0)
            return steps;

        var reduction = new KeyReduction(steps);
        chosen.ForEach(index => reduction._isGone[index] = true);
        // What has to stay observes others, which then have to stay; the latest first, as it is them that observe.
        chosen.Reverse();
        while (chosen.RemoveAll(reduction.TryKeep) > 0)
        {
        }

        return [.. steps.Where((_, index) => !reduction._isGone[index])];
    }

    /// <summary>
    /// Takes away as much as it can of a history without a linearization, so that there is still none. It goes from the
    /// latest to the earliest, first what changed nothing, as the rest goes more easily then, and finds by bisection how
    /// far it gets; the operation that it cannot pass stays. So it takes a few checks for each that stays.
    /// </summary>
    internal static List<KeyStep> Smallest(List<KeyStep> steps, int checksMax, Func<List<KeyStep>, bool> fails)
    {
        var needed = new HashSet<int>();
        while (checksMax > 0)
        {
            List<int> order = [.. steps
                .Where(step => !needed.Contains(step.InvokedRank))
                .OrderByDescending(step => step.IsPure)
                .ThenByDescending(step => step.InvokedRank)
                .Select(step => step.InvokedRank)];
            List<KeyStep> least = steps;
            var (good, bad) = (0, order.Count + 1);
            for (int tried = order.Count; bad - good > 1; tried = good + ((bad - good) / 2), checksMax--)
            {
                HashSet<int> chosen = [.. order.Take(tried)];
                List<KeyStep> fewer = Without(steps, step => chosen.Contains(step.InvokedRank));
                bool isEnough = fewer.Count == least.Count || fails(fewer);
                (good, bad, least) = isEnough ? (tried, bad, fewer) : (good, tried, least);
            }

            if (good == order.Count && least.Count == steps.Count)
                break;

            steps = least;
            needed.UnionWith(order.Skip(good).Take(1));
        }

        return steps;
    }

    private bool TryKeep(int index)
    {
        bool isKept = !_steps[index].IsPure && IsObserved(index);
        _isGone[index] = !isKept;
        return isKept;
    }

    private bool IsObserved(int index)
    {
        // Not because it must: but a read of an old value says more beside the write of it.
        if (_namedBy.TryGetValue(index, out List<int>? namers) && namers.Exists(namer => !_isGone[namer]))
            return true;

        KeyStep step = _steps[index];
        int over = Overwritten(index);
        for (int later = index + 1; later < _steps.Count && _steps[later].InvokedRank < over; later++)
        {
            if (!_isGone[later] && _steps[later].Observes(step.Effect))
                return true;
        }

        for (int earlier = index - 1; earlier >= 0 && _latestReturn[earlier] > step.InvokedRank; earlier--)
        {
            if (!_isGone[earlier] && _steps[earlier].ReturnedRank > step.InvokedRank && _steps[earlier].Observes(step.Effect))
                return true;
        }

        return _open.Any(open => open < index && !_isGone[open] && _steps[open].Observes(step.Effect));
    }

    /// <summary>The first return of a change that began after an operation had returned.</summary>
    private int Overwritten(int index)
    {
        int over = KeyStep.Never;
        int returned = _steps[index].ReturnedRank;
        for (int later = index + 1; later < _steps.Count && _steps[later].InvokedRank < over; later++)
        {
            KeyStep step = _steps[later];
            if (step.InvokedRank > returned && !step.IsOpen && !step.IsPure)
                over = Math.Min(over, step.ReturnedRank);
        }

        return over;
    }
}
