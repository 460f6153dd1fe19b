using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

// What the log tells, and what this master does of itself when it has told.
public sealed partial class MasterNode
{
    private void Drain()
    {
        // Handling one may add more: a proposal that is refused at once.
        List<LogNotice<MasterOutcome>> notices = _context.Output.Notices;
        for (int i = 0; i < notices.Count; i++)
            Handle(notices[i]);

        notices.Clear();
    }

    private void Handle(LogNotice<MasterOutcome> notice)
    {
        switch (notice.Kind)
        {
            case LogNoticeKind.Committed:
                OnCommitted((MasterPurpose)notice.Context!, notice.Outcome!);
                break;
            case LogNoticeKind.Readable when notice.Context is MasterPurpose.Reply reply:
                _context.Answer(reply.Call, reply.Message());
                break;
            case LogNoticeKind.Readable:
                break;
            case LogNoticeKind.Refused:
                OnRefused((MasterPurpose)notice.Context!, notice.Text);
                break;
            case LogNoticeKind.Unknown:
                OnUnknown((MasterPurpose)notice.Context!, notice.Text);
                break;
            case LogNoticeKind.Led:
                OnLed();
                break;
            case LogNoticeKind.SteppedDown:
                OnSteppedDown(notice.Text);
                break;
            case LogNoticeKind.CaughtUp:
            case LogNoticeKind.Faulted:
                break;
        }
    }

    private void OnCommitted(MasterPurpose purpose, MasterOutcome outcome)
    {
        switch (purpose)
        {
            case MasterPurpose.Decide decide:
                PrimaryRole.Decided(_context, decide.Call, outcome);
                break;
            case MasterPurpose.Found:
                _bootstrap.OnProposalEnded();
                break;
            case MasterPurpose.Record record:
                _failover.Recorded(record.Takeover, ((MasterOutcome.Takeover)outcome).Record);
                _primary?.Redirect.Begin(record.Takeover.LedAt);
                break;
            case MasterPurpose.Switchover switchover:
                SwitchoverCoordinator.Offered(switchover.Attempt);
                _primary?.Shadow.Notify();
                break;
            case MasterPurpose.Cancel:
                _switchover.Cancelled();
                break;
            case MasterPurpose.Move move:
                _primary?.Moves.Driver.Decided(move.Shard);
                break;
        }
    }

    private void OnRefused(MasterPurpose purpose, string? reason)
    {
        switch (purpose)
        {
            case MasterPurpose.Reply reply:
                _context.Answer(reply.Call, Refusal(reason));
                break;
            case MasterPurpose.Decide decide:
                Keep(decide.Entry, isCertain: true, reason);
                _context.Answer(decide.Call, Refusal(reason));
                break;
            case MasterPurpose.Found:
                _bootstrap.OnProposalEnded();
                break;
            case MasterPurpose.Record:
                _failover.NotRecorded();
                break;
            case MasterPurpose.Switchover:
                _switchover.NotOffered(reason);
                break;
            case MasterPurpose.Cancel cancel:
                SwitchoverCoordinator.NotCancelled(cancel.Attempt);
                break;
            case MasterPurpose.Move move:
                _primary?.Moves.Driver.Decided(move.Shard);
                break;
        }
    }

    private void OnUnknown(MasterPurpose purpose, string? reason)
    {
        // All others end with the leadership: that notice follows.
        if (purpose is MasterPurpose.Decide decide)
        {
            Keep(decide.Entry, isCertain: false, reason);
            _context.Answer(decide.Call, new MasterUnknown($"the log was lost in the middle: {reason}"));
        }
        else if (purpose is MasterPurpose.Found)
        {
            _bootstrap.OnProposalEnded();
        }
    }

    private Nodes.Message Refusal(string? reason) => _context.Leads
        ? _context.Refusal(MasterRefusalKind.Unavailable, $"the log does not take it: {reason}")
        : _context.NotPrimary(reason);

    private void Keep(MasterEntry entry, bool isCertain, string? reason)
    {
        if (_context.Leads)
            return;

        _undurable.Add(new UndurableDecision(entry.ToString(), _context.Term, isCertain, reason ?? ""));
        if (_undurable.Count > _context.Config.UndurableMax)
            _undurable.RemoveAt(0);
    }

    private void OnLed()
    {
        _hasLed = true;
        _primary = new PrimaryRole(_context, _switchover);
        _context.Publish(new PrimaryChanged(_context.Self, _context.Term));
        _switchover.OnLeadershipStarted();
        _bootstrap.ProposeIfMissing();
        _failover.OnLeadershipStarted();
    }

    private void OnSteppedDown(string? reason)
    {
        _primary = null;
        _leadAt = _context.Now + _context.Config.LeadRetryInterval;
        _failover.SteppedDown(reason);
        _switchover.SteppedDown();
    }

    private void React(bool isTick)
    {
        if (_context.Log.Role == LogRole.Following && _context.Log.IsCaughtUp && _failover.IsIdle)
            Follow(isTick);

        _failover.Step();
        _bootstrap.Step();
        _shadow.Step();
        _switchover.Step();
        _primary?.Step();
        if (isTick)
            Tick();
    }

    private void Tick()
    {
        foreach (MasterCall late in _context.Calls.Expire(_context.Now))
            OnCallEnded(late, null, isDelivered: true);

        _failover.Tick();
        _bootstrap.Tick();
        _switchover.Tick();
    }

    /// <summary>Does this master, which follows, have a reason to lead?</summary>
    private void Follow(bool isTick)
    {
        if (!_context.Cluster.Has(_context.Self))
            RefuseForeignLog();
        else if (IsMine())
            LeadAgain();
        else if (_context.State.Switchover is { } mark && mark.To == _context.Self && Takeover.IsCurrent(mark, _context))
            _failover.Begin(TakeoverReason.Switchover, Deposed());
        else if (isTick && _detector.Fires(_context.Now, _context.Log.GrownAt))
            _failover.Begin(TakeoverReason.HeartbeatsMissed, Deposed());
    }

    private MasterName Deposed() => _context.Opener ?? _context.Cluster.Masters[0];

    /// <summary>
    /// Whether leading is this master's by right: nobody has opened a term since it did, before its restart or before
    /// it stopped itself. One that has led in this run goes by the run: had another run of the same name (a grain
    /// activated twice) opened the newest term, the two would go on fencing each other.
    /// </summary>
    private bool IsMine() => _context.Log.Opener switch
    {
        null => _context.Cluster.Masters[0] == _context.Self,
        { } opener when _hasLed => opener == _context.Writer,
        { } opener => opener.Node == _context.Self.Value,
    };

    private void LeadAgain()
    {
        if (_context.Now >= _leadAt)
            _context.Log.Lead(_context.Now, _context.Output, IsMine);
    }

    private void RefuseForeignLog()
    {
        if (!_isForeign)
        {
            _isForeign = true;
            _context.Alarm($"the log is that of another cluster ({_context.State.Definition}); it never leads there");
        }
    }
}
