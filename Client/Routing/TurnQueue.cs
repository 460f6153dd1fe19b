namespace OrleansShards.Client.Routing;

/// <summary>
/// What waits for the next turn, of many producers, and whether a turn has been asked for or is under way. A turn takes the whole batch at
/// once, so that a burst is one turn. Thread-safe; holds its lock only to append and to swap.
/// </summary>
internal sealed class TurnQueue<T>
{
    private readonly Lock _gate = new();
    private List<T> _incoming = [];
    private List<T> _spare = [];
    private State _state;
    private bool _isTickDue;

    private enum State
    {
        Idle,
        AskedFor,
        UnderWay,
    }

    /// <returns>True if a turn has to be asked for.</returns>
    internal bool Add(T item)
    {
        lock (_gate)
        {
            _incoming.Add(item);
            return Ask();
        }
    }

    /// <summary>Tells the next turn that time has passed.</summary>
    /// <returns>True if the caller has begun it: nobody had asked for it, or nobody had begun it since the tick before.</returns>
    internal bool Tick()
    {
        lock (_gate)
        {
            bool isLate = _isTickDue;
            _isTickDue = true;
            return (_state == State.Idle || (_state == State.AskedFor && isLate)) && Begin();
        }
    }

    /// <returns>True if the caller has begun the turn that was asked for; false if another has.</returns>
    internal bool TryBegin()
    {
        lock (_gate)
            return _state == State.AskedFor && Begin();
    }

    /// <summary>Takes all items, and whether time has passed. The list is the turn's until it calls this again.</summary>
    internal List<T> TakeAll(out bool isTick)
    {
        lock (_gate)
        {
            isTick = _isTickDue;
            _isTickDue = false;
            List<T> taken = _incoming;
            _spare.Clear();
            _incoming = _spare;
            _spare = taken;
            return taken;
        }
    }

    /// <summary>Ends the turn under way.</summary>
    /// <returns>True if the next has to be asked for: items wait, or more is left of this one.</returns>
    internal bool End(bool isMoreLeft)
    {
        lock (_gate)
        {
            _state = State.Idle;
            return (isMoreLeft || _incoming.Count > 0) && Ask();
        }
    }

    private bool Ask()
    {
        if (_state != State.Idle)
            return false;

        _state = State.AskedFor;
        return true;
    }

    private bool Begin()
    {
        _state = State.UnderWay;
        return true;
    }
}
