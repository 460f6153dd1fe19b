namespace OrleansShards.Simulation.Checkers;

/// <summary>Removes operations from a history so that the rest has a linearization if the whole has one.</summary>
/// <remarks>
/// <para>
/// Operations that changed nothing can be removed from any linearization: nothing depends on them.
/// </para>
/// <para>
/// A set G of operations can be removed if no operation outside of G can have observed an effect of G. Take a linearization of
/// the whole (without open operations that change nothing in it) and an operation o outside of G; let w be the last operation
/// before o that set the state. If w is not in G, o finds the same state without G. If w is in G, o does not observe its
/// effect, so o is a write or an open delete: it fits any state and leaves the same, or need not happen. So removing G from the
/// linearization leaves a linearization of the rest.
/// </para>
/// <para>
/// Two sorts of operations cannot have observed w: those that returned before w began, and those that began after a change had
/// returned that itself began after w had returned, as then w was not the last. (If that change is in G, it takes the place of
/// w.)
/// </para>
/// </remarks>
internal sealed class KeyReduction
{
    private readonly List<KeyStep> _steps;
    private readonly bool[] _isGone;
    private readonly int[] _open;

    // The latest return among the answered operations up to an index; bounds the search for earlier ones that overlap.
    private readonly int[] _latestReturn;

    // For an operation that last set a value: the later operations that name the value.
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

    /// <summary>Without open operations that make no difference. As these need never happen, the rest decides for the whole.</summary>
    internal static List<KeyStep> WithoutIdle(List<KeyStep> steps) => Without(steps, step => step.IsOpen);

    /// <summary>Without those of the chosen operations that can be removed together.</summary>
    internal static List<KeyStep> Without(List<KeyStep> steps, Func<KeyStep, bool> isChosen)
    {
        List<int> chosen = [.. Enumerable.Range(0, steps.Count).Where(index => isChosen(steps[index]))];
        if (chosen.Count == 0)
            return steps;

        var reduction = new KeyReduction(steps);
        chosen.ForEach(index => reduction._isGone[index] = true);
        // An operation that stays keeps those that it observes. The latest come first, as they observe the earlier ones.
        chosen.Reverse();
        while (chosen.RemoveAll(reduction.TryKeep) > 0)
        {
        }

        return [.. steps.Where((_, index) => !reduction._isGone[index])];
    }

    /// <summary>
    /// Removes as many operations as it can from a history without a linearization, so that there is still none. It removes those
    /// that changed nothing first, as that makes others removable, and the latest before the earliest. Bisection finds how many
    /// can go; the next one stays. So it takes a few checks for each operation that stays.
    /// </summary>
    internal static List<KeyStep> Smallest(List<KeyStep> steps, int checksMax, Func<List<KeyStep>, bool> fails)
    {
        var needed = new HashSet<int>();
        while (checksMax > 0)
        {
            List<int> order = [.. steps
                .Where(step => !needed.Contains(step.InvokedRank))
                .OrderByDescending(step => step.IsPure).ThenByDescending(step => step.InvokedRank)
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
        // Not necessary, but evidence with a read of an old value is clearer with the write of that value.
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
