namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Looks for a linearization of one key's operations, depth first: an operation may come next if it began before any
/// other of those left returned. Sources and the two things that are ours: see <see cref="LinearizabilityChecker"/>.
/// </summary>
internal sealed class LinearizationSearch
{
    private readonly List<KeyStep> _steps;
    private readonly int _configurationsMax;
    private readonly EventList _events;
    private readonly LinearizedSet _linearized;
    private readonly ConfigurationSet _seen = new();
    private readonly List<Placed> _order = [];
    private int _state = KeyStep.Absent;
    private int _left;
    private int _leastLeft = int.MaxValue;

    /// <param name="steps">What <see cref="KeyReduction.WithoutIdle"/> leaves, in the order of the invocations.</param>
    /// <param name="configurationsMax">How many configurations to explore before giving up.</param>
    internal LinearizationSearch(List<KeyStep> steps, int configurationsMax)
    {
        _steps = steps;
        _configurationsMax = configurationsMax;
        _events = new EventList(steps);
        _linearized = new LinearizedSet(steps);
        _left = steps.Count(step => !step.IsOpen);
    }

    /// <summary>How many configurations were explored.</summary>
    internal int Configurations => _seen.Count;

    /// <summary>Whether to keep what <see cref="LongestPartial"/> tells, which costs time.</summary>
    internal bool KeepsPartial { get; init; }

    /// <summary>The most operations that could be put in an order.</summary>
    internal IReadOnlyList<KeyStep> LongestPartial { get; private set; } = [];

    /// <summary>What had to come next there: it returned before anything else that was left, and does not fit.</summary>
    internal KeyStep Stuck { get; private set; }

    /// <summary>The state there.</summary>
    internal int StuckAt { get; private set; }

    internal LinearizabilityVerdict Run()
    {
        PlaceWhatOnlyFits();
        int place = _events.First;
        while (_left > 0)
        {
            if (_events.IsReturn(place))
            {
                NoteDeadEnd(_events.StepAt(place));
                if (!TryGoBack(out place))
                {
                    return LinearizabilityVerdict.NotLinearizable;
                }
            }
            else if (!TryPlace(_events.StepAt(place)))
            {
                place = _events.Next(place);
            }
            else if (!IsNew())
            {
                TryGoBack(out place);
            }
            else if (_seen.Count > _configurationsMax)
            {
                return LinearizabilityVerdict.Undecided;
            }
            else
            {
                place = _events.First;
            }
        }

        return LinearizabilityVerdict.Linearizable;
    }

    private bool IsLastOpen => _order.Count > 0 && _steps[_order[^1].Step].IsOpen;

    private bool IsNew() => _seen.TryAdd(((ulong)_state << 1) | (IsLastOpen ? 1UL : 0UL), _linearized);

    private bool TryPlace(int index)
    {
        KeyStep step = _steps[index];
        if ((step.IsBlind && IsLastOpen)
            || !step.TryApply(_state, out int next)
            || (step.IsOpen && (next == _state || !IsWanted(next, index))))
        {
            return false;
        }

        Place(index, next, isForced: false);
        PlaceWhatOnlyFits();
        return true;
    }

    /// <summary>Whether an operation that may come next, other than this one, needs a state.</summary>
    private bool IsWanted(int state, int except)
    {
        for (int place = _events.First; !EventList.IsEnd(place) && !_events.IsReturn(place); place = _events.Next(place))
        {
            int index = _events.StepAt(place);
            KeyStep step = _steps[index];
            if (index != except
                && !step.IsBlind
                && step.TryApply(state, out int next)
                && (!step.IsOpen || next != state))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Operations that change nothing and fit the state can come at once, and need no other place tried: a linearization
    /// in which one comes later stays one when it is moved here. One pass will do, as the state stays.
    /// </summary>
    private void PlaceWhatOnlyFits()
    {
        for (int place = _events.First; !EventList.IsEnd(place) && !_events.IsReturn(place);)
        {
            int index = _events.StepAt(place);
            if (_steps[index].IsPure && _steps[index].TryApply(_state, out _))
            {
                Place(index, _state, isForced: true);
            }

            place = _events.AfterCall(index);
        }
    }

    private void Place(int index, int next, bool isForced)
    {
        _order.Add(new Placed(index, _state, isForced));
        _events.Lift(index);
        _linearized.Add(index);
        _state = next;
        _left -= _steps[index].IsOpen ? 0 : 1;
    }

    /// <summary>Takes back the last choice and what followed from it; where to go on looking for another.</summary>
    private bool TryGoBack(out int place)
    {
        while (_order.Count > 0)
        {
            Placed last = _order[^1];
            _order.RemoveAt(_order.Count - 1);
            _events.PutBack(last.Step);
            _linearized.Remove(last.Step);
            _state = last.StateBefore;
            _left += _steps[last.Step].IsOpen ? 0 : 1;
            if (!last.IsForced)
            {
                place = _events.AfterCall(last.Step);
                return true;
            }
        }

        place = _events.First;
        return false;
    }

    private void NoteDeadEnd(int stuck)
    {
        if (KeepsPartial && _left < _leastLeft)
        {
            _leastLeft = _left;
            LongestPartial = [.. _order.Select(placed => _steps[placed.Step])];
            (Stuck, StuckAt) = (_steps[stuck], _state);
        }
    }

    private readonly record struct Placed(int Step, int StateBefore, bool IsForced);
}
