namespace OrleansShards.Core.Shards;

/// <summary>Whether this copy is its log's writer, and what becomes of calls while it is not.</summary>
/// <remarks>
/// A copy leads as soon as it runs. One that was fenced leads again only when it is called again, and not at once where
/// it happens repeatedly: of two activations of one copy that are both called, each fences the other with every call,
/// and neither gets anything done. So after the second time within ten seconds it rests, 100 ms at first, twice as long
/// each time up to 3.2 s, and up to as much again by its run's own number, so that two do not wake in step. While it
/// rests, calls are refused and find the other.
/// </remarks>
internal sealed class ShardLeadership(ShardTurn turn, Action<Event.Called> dispatch)
{
    private const int RestUnitMs = 100;
    private const int RestDoublingsMax = 5;
    private static readonly TimeSpan SteadyAfter = TimeSpan.FromSeconds(10);

    private readonly Queue<(Event.Called Call, Instant Deadline)> _waiting = new();
    private Stage _stage = Stage.Opening;
    private Instant _restsUntil;
    private Instant _ledAt;
    private int _fencedInARow;
    private Instant _provedAt;
    private bool _isProving;

    private enum Stage
    {
        Opening = 1,
        Leading = 2,
        Resting = 3,
        Faulted = 4,
    }

    internal bool IsLeading => _stage == Stage.Leading;

    internal void Start()
    {
        turn.Replica.Start(turn.Now, turn.Output);
        turn.Replica.Lead(turn.Now, turn.Output);
    }

    /// <summary>Takes a call in: carried out at once, when the log is open, or refused.</summary>
    internal void Receive(Event.Called call)
    {
        if (_stage == Stage.Leading)
        {
            dispatch(call);
            return;
        }

        if (_stage == Stage.Resting && turn.Now >= _restsUntil)
        {
            _stage = Stage.Opening;
            turn.Replica.Lead(turn.Now, turn.Output);
        }

        if (_stage == Stage.Opening && _waiting.Count < turn.Config.WaitingMax)
        {
            TimeSpan wait = call.Request is KeyRequest ? turn.Config.KeyWait : turn.Config.ShardWait;
            _waiting.Enqueue((call, turn.Now + wait));
            return;
        }

        Refuse(call, WhyNot());
    }

    internal void OnLeadershipStarted()
    {
        _stage = Stage.Leading;
        _ledAt = turn.Now;
        while (_stage == Stage.Leading && _waiting.TryDequeue(out (Event.Called Call, Instant Deadline) next))
            dispatch(next.Call);
    }

    internal void SteppedDown(string? reason)
    {
        bool wasSteady = _stage == Stage.Leading && turn.Now - _ledAt >= SteadyAfter;
        _fencedInARow = wasSteady ? 0 : _fencedInARow + 1;
        _restsUntil = turn.Now + Rest();
        _stage = Stage.Resting;
        RefuseAll($"the copy writes its log no more: {reason}");
    }

    internal void Faulted(string? reason)
    {
        _stage = Stage.Faulted;
        RefuseAll($"the shard's log cannot be read: {reason}");
    }

    internal void Tick()
    {
        ProveWhenQuiet();
        if (_stage == Stage.Resting && turn.Now >= _restsUntil
            && (turn.Ownership.Phase is TransferPhase.Aborting or TransferPhase.Moving || turn.State.Staging is not null))
        {
            // An abort, and a move, goes on by itself: nobody may ever call again.
            _stage = Stage.Opening;
            turn.Replica.Lead(turn.Now, turn.Output);
        }

        for (int left = _waiting.Count; left > 0; left--)
        {
            (Event.Called Call, Instant Deadline) next = _waiting.Dequeue();
            if (next.Deadline <= turn.Now)
                Refuse(next.Call, WhyNot());
            else
                _waiting.Enqueue(next);
        }
    }

    /// <summary>
    /// (1) Another activation fences this one, which nobody calls, so it does not notice; (2) that one begins to roll a
    /// hand-over back, or to receive a move, and dies; (3) nobody calls this one either, as the shard is served
    /// elsewhere: what was begun would stand still for ever. A copy that looks steps down, reads on, and drives it on.
    /// </summary>
    private void ProveWhenQuiet()
    {
        Instant provedAt = _provedAt > turn.Replica.ProvedAt ? _provedAt : turn.Replica.ProvedAt;
        if (_stage != Stage.Leading || _isProving || turn.Now - provedAt < turn.Config.QuietLimit)
            return;

        _isProving = true;
        turn.Replica.Read(new LogWait(_ => (_isProving, _provedAt) = (false, turn.Now), _ => _isProving = false), turn.Output);
    }

    private TimeSpan Rest()
    {
        if (_fencedInARow < 2)
            return TimeSpan.Zero;

        int unit = RestUnitMs << Math.Min(_fencedInARow - 2, RestDoublingsMax);
        ulong spread = new Digest64(turn.Config.Run.Value).With((ulong)_fencedInARow).Value % (ulong)unit;
        return TimeSpan.FromMilliseconds(unit + (int)spread);
    }

    private string WhyNot() => _stage switch
    {
        Stage.Opening => $"the shard's log is being opened: {turn.Replica.Stall ?? "it takes its time"}",
        Stage.Leading => "the copy is busy",
        Stage.Resting => "another activation of this copy writes its log",
        Stage.Faulted => $"the shard's log cannot be read: {turn.Replica.Stall}",
    };

    private void RefuseAll(string text)
    {
        while (_waiting.TryDequeue(out (Event.Called Call, Instant Deadline) next))
            Refuse(next.Call, text);
    }

    private void Refuse(Event.Called call, string text) =>
        turn.Refuse(call, Refusals.NotReady(turn.Ownership, text));
}
