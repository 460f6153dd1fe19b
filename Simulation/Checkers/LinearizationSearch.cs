namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Looks for a linearization of one key's operations, depth first: an operation may come next if it began before any other of
/// the remaining ones returned. <see cref="LinearizabilityChecker"/> names the sources and our additions.
/// </summary>
internal sealed class LinearizationSearch
{
    // If many open operations are used in many ways, the comparisons take the time, not the configurations.
    private const int ComparisonsPerConfiguration = 32;

    private readonly List<KeyStep> _answered;
    private readonly OpenSteps _open;
    private readonly int _configurationsMax;
    private readonly EventList _events;
    private readonly LinearizedSet _linearized;
    private readonly ConfigurationSet _seen;
    private readonly List<Placed> _order = [];
    private int _state = KeyStep.Absent;
    private int _left;
    private int _leastLeft = int.MaxValue;

    /// <summary>Takes what <see cref="KeyReduction.WithoutIdle"/> leaves, in the order of the invocations.</summary>
    internal LinearizationSearch(List<KeyStep> steps, int configurationsMax)
    {
        _answered = [.. steps.Where(step => !step.IsOpen)];
        _open = new OpenSteps(steps);
        _configurationsMax = configurationsMax;
        _events = new EventList(_answered);
        _linearized = new LinearizedSet(_answered.Count);
        _seen = new ConfigurationSet();
        _left = _answered.Count;
    }

    internal int Configurations => _seen.Count;

    /// <summary>Whether to maintain <see cref="LongestPartial"/>, which costs time.</summary>
    internal bool KeepsPartial { get; init; }

    /// <summary>The longest order of operations that was found.</summary>
    internal IReadOnlyList<KeyStep> LongestPartial { get; private set; } = [];

    /// <summary>What has to come next in that order, as it returned before all remaining operations, but does not fit.</summary>
    internal KeyStep Stuck { get; private set; }

    internal bool IsStuck => _leastLeft < int.MaxValue;

    /// <summary>The state before the last operation if that is an open one: the next operation must need the change.</summary>
    private int Bound => _order.Count > 0 && _order[^1].Step.IsOpen ? _order[^1].StateBefore : KeyStep.None;

    internal LinearizabilityVerdict Run()
    {
        PlaceWhatOnlyFits();
        // The next choice: a place in the list, then, from ~0 downwards, the kinds of open operations.
        int choice = _events.First;
        while (_left > 0)
        {
            if (!TryPlaceFrom(choice))
            {
                NoteDeadEnd();
                if (!TryGoBack(out choice))
                    return LinearizabilityVerdict.NotLinearizable;
            }
            else if (!_seen.TryAdd(_state, _linearized, _open.Used, Bound))
            {
                TryGoBack(out choice);
            }
            else if (_seen.Count + (_seen.Comparisons / ComparisonsPerConfiguration) > _configurationsMax)
            {
                return LinearizabilityVerdict.Undecided;
            }
            else
            {
                choice = _events.First;
            }
        }

        return LinearizabilityVerdict.Linearizable;
    }

    // Places the first operation that may come next, from a choice on. Open ones are tried last: so a configuration that has used
    // few of them becomes known before those that have used more, which it covers.
    private bool TryPlaceFrom(int choice)
    {
        for (; choice >= 0 && !_events.IsBound(choice); choice = _events.Next(choice))
        {
            int index = _events.StepAt(choice);
            if (_answered[index].TryApply(_state, out int next) && MayFollow(_answered[index]))
            {
                Place(index, next, isForced: false);
                PlaceWhatOnlyFits();
                return true;
            }
        }

        int first = _events.FirstReturn().Rank;
        for (int kind = choice < 0 ? ~choice : 0; kind < _open.Kinds; kind++)
        {
            if (_open.IsLeft(kind, first)
                && _open.Of(kind).TryApply(_state, out int next)
                && next != _state
                && MayFollow(_open.Of(kind))
                && IsNeeded(next, first))
            {
                _order.Add(new Placed(_open.Use(kind), kind, _state, IsForced: false));
                _state = next;
                PlaceWhatOnlyFits();
                return true;
            }
        }

        return false;
    }

    private bool MayFollow(in KeyStep step) => Bound == KeyStep.None || step.Needs(_state, Bound);

    /// <summary>Whether an operation that began before the first return needs a change of the state.</summary>
    private bool IsNeeded(int next, int first)
    {
        for (int place = _events.First; !_events.IsBound(place); place = _events.Next(place))
        {
            if (_answered[_events.StepAt(place)].Needs(next, _state))
                return true;
        }

        for (int kind = 0; kind < _open.Kinds; kind++)
        {
            if (_open.IsLeft(kind, first) && _open.Of(kind).Needs(next, _state))
                return true;
        }

        return false;
    }

    // Operations that change nothing and fit the state can come at once, and need not be tried elsewhere: a linearization in
    // which one comes later remains one if it is moved here. One pass suffices, as the state does not change.
    private void PlaceWhatOnlyFits()
    {
        for (int place = _events.First; !_events.IsBound(place);)
        {
            int index = _events.StepAt(place);
            if (_answered[index].IsPure && _answered[index].TryApply(_state, out _))
                Place(index, _state, isForced: true);

            place = _events.AfterCall(index);
        }
    }

    private void Place(int index, int next, bool isForced)
    {
        _order.Add(new Placed(_answered[index], index, _state, isForced));
        _events.Lift(index);
        _linearized.Add(index);
        _state = next;
        _left--;
    }

    /// <summary>Undoes the last choice and what followed from it, and gives the next choice.</summary>
    private bool TryGoBack(out int choice)
    {
        while (_order.Count > 0)
        {
            Placed last = _order[^1];
            _order.RemoveAt(_order.Count - 1);
            _state = last.StateBefore;
            if (last.Step.IsOpen)
            {
                _open.GiveBack(last.Index);
                choice = ~(last.Index + 1);
                return true;
            }

            _events.PutBack(last.Index);
            _linearized.Remove(last.Index);
            _left++;
            if (!last.IsForced)
            {
                choice = _events.AfterCall(last.Index);
                return true;
            }
        }

        choice = _events.First;
        return false;
    }

    private void NoteDeadEnd()
    {
        if (_left >= _leastLeft)
            return;

        _leastLeft = _left;
        Stuck = _answered[_events.FirstReturn().Step];
        LongestPartial = KeepsPartial ? [.. _order.Select(placed => placed.Step)] : [];
    }

    /// <summary>An operation in the order: its index among the answered ones, or its kind among the open ones.</summary>
    private readonly record struct Placed(KeyStep Step, int Index, int StateBefore, bool IsForced);
}
