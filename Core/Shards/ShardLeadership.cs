namespace OrleansShards.Core.Shards;

/// <summary>Whether this copy leads its log, and the calls that wait until it does.</summary>
/// <remarks>
/// A copy starts to lead as soon as it runs. A fenced copy leads again only when it is called again, and not at once if this
/// happens repeatedly: two activations of one copy that are both called would fence each other with every call, and neither
/// would make progress. So after the second time within ten seconds it backs off: 100 ms at first, doubled each time up to
/// 3.2 s, plus up to the same time again derived from the run's number, so that two activations do not retry in step. While a
/// copy backs off its calls are refused, and reach the other activation.
/// </remarks>
internal sealed class ShardLeadership(ShardTurn turn, Action<Event.Called> dispatch)
{
    private const int BackOffMs = 100;
    private const int BackOffDoublingsMax = 5;
    private static readonly TimeSpan SteadyAfter = TimeSpan.FromSeconds(10);

    private readonly WaitingCalls<Event.Called> _waiting = new(turn.Config.WaitingMax);
    private Stage _stage = Stage.Opening;
    private Instant _backOffUntil;
    private Instant _leadingSince;
    private int _timesFenced;
    private Instant _provedAt;
    private bool _isProving;

    private enum Stage { Opening, Leading, BackingOff, Faulted }

    internal bool IsLeading => _stage == Stage.Leading;

    internal void Start()
    {
        turn.Replica.Start(turn.Now, turn.Output);
        turn.Replica.Lead(turn.Now, turn.Output);
    }

    /// <summary>Dispatches a call at once while leading, holds it while the log is being opened, and refuses it otherwise.</summary>
    internal void Receive(Event.Called call)
    {
        if (_stage == Stage.Leading)
        {
            dispatch(call);
            return;
        }

        if (_stage == Stage.BackingOff && turn.Now >= _backOffUntil)
            Reopen();

        TimeSpan wait = call.Request is KeyRequest ? turn.Config.KeyTimeout : turn.Config.ShardTimeout;
        if (_stage != Stage.Opening || !_waiting.TryAdd(call, turn.Now + wait))
            Refuse(call, WhyNot());
    }

    internal void OnLeadershipStarted()
    {
        _stage = Stage.Leading;
        _leadingSince = turn.Now;
        foreach (Event.Called call in _waiting.TakeAll())
            dispatch(call);
    }

    internal void OnSteppedDown(string? reason)
    {
        bool wasSteady = _stage == Stage.Leading && turn.Now - _leadingSince >= SteadyAfter;
        _timesFenced = wasSteady ? 0 : _timesFenced + 1;
        _backOffUntil = turn.Now + BackOff();
        _stage = Stage.BackingOff;
        RefuseAll($"this copy no longer leads its log: {reason}");
    }

    internal void OnFaulted(string? reason)
    {
        _stage = Stage.Faulted;
        RefuseAll($"the shard's log cannot be read: {reason}");
    }

    internal void Tick()
    {
        ProveWhenQuiet();
        if (_stage == Stage.BackingOff && turn.Now >= _backOffUntil
            && (turn.Ownership.Phase is TransferPhase.Aborting or TransferPhase.SealedForMove or TransferPhase.Restoring
                || turn.State.Staging is not null))
        {
            // An abort, a move or a restore must continue although no call may ever come.
            Reopen();
        }

        foreach (Event.Called late in _waiting.Expire(turn.Now))
            Refuse(late, WhyNot());
    }

    private void Reopen()
    {
        _stage = Stage.Opening;
        turn.Replica.Lead(turn.Now, turn.Output);
    }

    // (1) Another activation fences this one, which does not notice because nobody calls it; (2) the other one begins to roll a
    // hand-over back, or to receive a move, and dies; (3) nobody calls this one either, because the shard is served elsewhere:
    // the abort or move would never end. A copy that asks for a proof steps down, reads the log, and continues it.
    private void ProveWhenQuiet()
    {
        Instant provedAt = _provedAt > turn.Replica.ProvedAt ? _provedAt : turn.Replica.ProvedAt;
        if (_stage != Stage.Leading || _isProving || turn.Now - provedAt < turn.Config.ProofInterval)
            return;

        _isProving = true;
        turn.Replica.Read(new LogWait(_ => (_isProving, _provedAt) = (false, turn.Now), _ => _isProving = false), turn.Output);
    }

    private TimeSpan BackOff()
    {
        if (_timesFenced < 2)
            return TimeSpan.Zero;

        int unit = BackOffMs << Math.Min(_timesFenced - 2, BackOffDoublingsMax);
        ulong spread = new Digest64(turn.Config.Run.Value).With((ulong)_timesFenced).Value % (ulong)unit;
        return TimeSpan.FromMilliseconds(unit + (int)spread);
    }

    private string WhyNot() => _stage switch
    {
        Stage.Opening => $"the shard's log is being opened: {turn.Replica.Stall ?? "not finished yet"}",
        Stage.Leading => "the copy is busy",
        Stage.BackingOff => "another activation of this copy leads its log",
        Stage.Faulted => $"the shard's log cannot be read: {turn.Replica.Stall}",
    };

    private void RefuseAll(string text)
    {
        foreach (Event.Called call in _waiting.TakeAll())
            Refuse(call, text);
    }

    private void Refuse(Event.Called call, string text) => turn.Refuse(call, Refusals.NotReady(turn.Ownership, text));
}
