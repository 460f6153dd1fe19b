namespace OrleansShards.Simulation.Checkers;

/// <summary>Invocations and returns in order, doubly linked. An operation is lifted, and put back in reverse order, in O(1).</summary>
internal sealed class EventList
{
    private const int Head = 0;

    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly (int Rank, int Step, bool IsReturn)[] _events;
    private readonly int[] _callOf;
    private readonly int[] _returnOf;

    internal EventList(List<KeyStep> steps)
    {
        _events = new (int, int, bool)[(2 * steps.Count) + 1];
        _events[Head] = (-1, -1, false);
        foreach (var (index, step) in steps.Index())
        {
            _events[(2 * index) + 1] = (step.InvokedRank, index, false);
            _events[(2 * index) + 2] = (step.ReturnedRank, index, true);
        }

        Array.Sort(_events, (left, right) => left.Rank.CompareTo(right.Rank));
        (_next, _previous) = (new int[_events.Length], new int[_events.Length]);
        (_callOf, _returnOf) = (new int[steps.Count], new int[steps.Count]);
        for (int place = 0; place < _events.Length; place++)
        {
            _next[place] = (place + 1) % _events.Length;
            _previous[place] = (place + _events.Length - 1) % _events.Length;
            if (place != Head)
                (_events[place].IsReturn ? _returnOf : _callOf)[_events[place].Step] = place;
        }
    }

    /// <summary>The earliest event of an operation that is not lifted.</summary>
    internal int First => _next[Head];

    internal int Next(int place) => _next[place];

    /// <summary>The event after an operation's invocation; if the operation was just lifted, the one that was there before.</summary>
    internal int AfterCall(int step) => _next[_callOf[step]];

    /// <summary>Whether no operation from this place on may come next: it is a return, or the end.</summary>
    internal bool IsBound(int place) => place == Head || _events[place].IsReturn;

    internal int StepAt(int place) => _events[place].Step;

    /// <summary>The first return: what began before it may come next. There has to be one.</summary>
    internal (int Rank, int Step) FirstReturn()
    {
        int place = First;
        while (!_events[place].IsReturn)
            place = _next[place];

        return (_events[place].Rank, _events[place].Step);
    }

    /// <summary>Unlinks the return first, so that <see cref="AfterCall"/> never gives a place that is lifted with it.</summary>
    internal void Lift(int step)
    {
        foreach (int place in (ReadOnlySpan<int>)[_returnOf[step], _callOf[step]])
            (_next[_previous[place]], _previous[_next[place]]) = (_next[place], _previous[place]);
    }

    internal void PutBack(int step)
    {
        foreach (int place in (ReadOnlySpan<int>)[_callOf[step], _returnOf[step]])
            (_next[_previous[place]], _previous[_next[place]]) = (place, place);
    }
}

/// <summary>
/// The open operations of a key. Equal ones are of one kind, and are used in the order in which they began, as an earlier one
/// may come wherever a later one may. So a count for each kind says which of them are used.
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

    internal int Kinds => _kinds.Length;

    internal ReadOnlySpan<int> Used => _used;

    /// <summary>One of a kind; others differ only in their start and their process.</summary>
    internal KeyStep Of(int kind) => _kinds[kind][0];

    /// <summary>Whether there is one more of a kind that began before a rank.</summary>
    internal bool IsLeft(int kind, int rank) => _used[kind] < _kinds[kind].Length && _kinds[kind][_used[kind]].InvokedRank < rank;

    internal KeyStep Use(int kind) => _kinds[kind][_used[kind]++];

    internal void GiveBack(int kind) => _used[kind]--;
}
