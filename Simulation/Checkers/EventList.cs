namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// The invocations and returns of a history in their order, as a doubly linked list from which an operation is lifted
/// and to which it is put back in constant time, in reverse order. Open operations have no return here.
/// </summary>
internal sealed class EventList
{
    private const int Head = 0;

    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly int[] _stepOf;
    private readonly bool[] _isReturn;
    private readonly int[] _callOf;
    private readonly int[] _returnOf;

    internal EventList(List<KeyStep> steps)
    {
        List<(int Rank, int Step, bool IsReturn)> events = [];
        foreach (var (index, step) in steps.Index())
        {
            events.Add((step.InvokedRank, index, false));
            if (!step.IsOpen)
            {
                events.Add((step.ReturnedRank, index, true));
            }
        }

        events.Sort();
        int places = events.Count + 1;
        (_next, _previous, _stepOf, _isReturn) = (new int[places], new int[places], new int[places], new bool[places]);
        (_callOf, _returnOf) = (new int[steps.Count], new int[steps.Count]);
        for (int place = 0; place < places; place++)
        {
            _next[place] = (place + 1) % places;
            _previous[place] = (place + places - 1) % places;
        }

        foreach (var (index, (_, step, isReturn)) in events.Index())
        {
            (_stepOf[index + 1], _isReturn[index + 1]) = (step, isReturn);
            (isReturn ? _returnOf : _callOf)[step] = index + 1;
        }
    }

    /// <summary>The earliest event of an operation that is not lifted.</summary>
    internal int First => _next[Head];

    internal int Next(int place) => _next[place];

    /// <summary>The event after an operation's invocation; just after it was lifted, the one that was.</summary>
    internal int AfterCall(int step) => _next[_callOf[step]];

    internal bool IsReturn(int place) => _isReturn[place];

    /// <summary>Whether this is where the list ends: no event.</summary>
    internal static bool IsEnd(int place) => place == Head;

    internal int StepAt(int place) => _stepOf[place];

    /// <summary>The return goes first, so that <see cref="AfterCall"/> never tells a place that is lifted with it.</summary>
    internal void Lift(int step)
    {
        if (_returnOf[step] != Head)
        {
            Unlink(_returnOf[step]);
        }

        Unlink(_callOf[step]);
    }

    internal void PutBack(int step)
    {
        Link(_callOf[step]);
        if (_returnOf[step] != Head)
        {
            Link(_returnOf[step]);
        }
    }

    private void Unlink(int place)
    {
        _next[_previous[place]] = _next[place];
        _previous[_next[place]] = _previous[place];
    }

    private void Link(int place)
    {
        _next[_previous[place]] = place;
        _previous[_next[place]] = place;
    }
}
