using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

// The log's notices, and what this master does on its own after them.
public sealed partial class MasterNode
{
    private void Drain()
    {
        // Handling one may add more: a proposal may be refused at once.
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
            case LogNoticeKind.Refused:
                OnRefused((MasterPurpose)notice.Context!, notice.Text);
                break;
            case LogNoticeKind.Unknown:
                OnUnknown((MasterPurpose)notice.Context!, notice.Text);
                break;
            case LogNoticeKind.LeadershipStarted:
                OnLeadershipStarted();
                break;
            case LogNoticeKind.SteppedDown:
                OnSteppedDown(notice.Text);
                break;
            case LogNoticeKind.Readable or LogNoticeKind.CaughtUp or LogNoticeKind.Faulted:
                break;
        }
    }

    private void OnCommitted(MasterPurpose purpose, MasterOutcome outcome)
    {
        switch (purpose)
        {
            case MasterPurpose.Decide decide:
                PrimaryRole.OnDecided(_context, decide.Call, outcome);
                break;
            case MasterPurpose.Create:
                _bootstrap.OnProposalEnded();
                break;
            case MasterPurpose.Record record:
                _failover.OnRecorded(record.Takeover, ((MasterOutcome.Takeover)outcome).Record);
                _primary?.Redirect.Begin(record.Takeover.LedAt);
                break;
            case MasterPurpose.Switchover switchover:
                SwitchoverCoordinator.OnOffered(switchover.Attempt);
                _primary?.Shadow.Notify();
                break;
            case MasterPurpose.Cancel cancel:
                _switchover.OnCancelled(cancel.Attempt);
                break;
            case MasterPurpose.Move move:
                _primary?.Moves.Driver.OnDecided(move.Shard);
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
                KeepUndurable(decide.Entry, isCertain: true, reason);
                _context.Answer(decide.Call, Refusal(reason));
                break;
            case MasterPurpose.Create:
                _bootstrap.OnProposalEnded();
                break;
            case MasterPurpose.Record:
                _failover.OnRecordRefused();
                break;
            case MasterPurpose.Switchover:
                _switchover.OnOfferRefused(reason);
                break;
            case MasterPurpose.Cancel cancel:
                SwitchoverCoordinator.OnCancelRefused(cancel.Attempt);
                break;
            case MasterPurpose.Move move:
                _primary?.Moves.Driver.OnDecided(move.Shard);
                break;
        }
    }

    private void OnUnknown(MasterPurpose purpose, string? reason)
    {
        // All other purposes end with the leadership: that notice follows.
        if (purpose is MasterPurpose.Decide decide)
        {
            KeepUndurable(decide.Entry, isCertain: false, reason);
            _context.Answer(decide.Call, new MasterUnknown($"leadership ended while the decision was being written: {reason}"));
        }
        else if (purpose is MasterPurpose.Create)
        {
            _bootstrap.OnProposalEnded();
        }
    }

    private Nodes.Message Refusal(string? reason) => _context.Leads
        ? _context.Refusal(MasterRefusalKind.Unavailable, $"the log refused it: {reason}")
        : _context.NotPrimary(reason);

    private void KeepUndurable(MasterEntry entry, bool isCertain, string? reason)
    {
        if (_context.Leads)
            return;

        _undurable.Add(new UndurableDecision(entry.InWords, _context.Term, isCertain, reason ?? ""));
        if (_undurable.Count > _context.Config.UndurableMax)
            _undurable.RemoveAt(0);
    }

    private void OnLeadershipStarted()
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
        _failover.OnSteppedDown(reason);
        _switchover.OnSteppedDown();
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

    private void Follow(bool isTick)
    {
        if (!_context.Cluster.Has(_context.Self))
            AlarmOtherClustersLog();
        else if (MayLeadAgain())
            LeadAgain();
        else if (_context.State.Switchover is { } offer && offer.To == _context.Self && Takeover.IsCurrent(offer, _context))
            _failover.Begin(TakeoverReason.Switchover, _context.Incumbent);
        else if (isTick && _detector.IsPrimaryDead(_context.Now, _context.Log.GrownAt))
            _failover.Begin(TakeoverReason.HeartbeatsMissed, _context.Incumbent);
    }

    // Whether this master may lead without a takeover: no other has opened a term since it did, before its restart or
    // its self-stop. A master that has led in this run compares the run, not only the name: if another run of the same
    // name (a grain activated twice) opened the newest term, the two would fence each other for ever.
    private bool MayLeadAgain() => _context.Log.Opener switch
    {
        null => _context.Cluster.Masters[0] == _context.Self,
        { } opener when _hasLed => opener == _context.Writer,
        { } opener => opener.Node == _context.Self.Value,
    };

    private void LeadAgain()
    {
        if (_context.Now >= _leadAt)
            _failover.Begin(_hasLed ? TakeoverReason.Regained : TakeoverReason.Restarted, _context.Self);
    }

    private void AlarmOtherClustersLog()
    {
        if (!_isOtherClusters)
        {
            _isOtherClusters = true;
            _context.Alarm($"the log is that of another cluster ({_context.State.Definition}); this master never leads there");
        }
    }
}
