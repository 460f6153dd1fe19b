namespace OrleansShards.Core.Masters;

/// <summary>
/// What a primary knows of its shadow. Notifies it when the log has grown, one call at a time so that a burst of commits
/// is one call, and keeps its progress and when it was last heard.
/// </summary>
internal sealed class ShadowWatch
{
    private readonly MasterContext _context;
    private readonly ReplicationLag _lag;
    private LogIndex _notified;
    private bool _isNotifying;
    private ShadowProgress? _progress;
    private Instant _heardAt;

    /// <summary>Begins with a leadership; until the shadow reports, it counts as being where the log was then.</summary>
    internal ShadowWatch(MasterContext context)
    {
        _context = context;
        _heardAt = context.Now;
        _lag = new ReplicationLag(context.Config.WaitingMax);
        _lag.Reset(context.Log.Applied.Entries);
        _lag.OnDurable(context.Log.Applied.Entries, context.Log.AppliedBytes, context.Now);
    }

    /// <summary>How long ago the shadow was heard, or since when this leadership lasts; null without a shadow.</summary>
    internal TimeSpan? Silence => _context.Other is null ? null : _context.Now - _heardAt;

    internal void Step()
    {
        if (_context.Other is not null)
            _lag.OnDurable(_context.Log.Applied.Entries, _context.Log.AppliedBytes, _context.Now);

        if (!_isNotifying && _context.Log.Applied.Index > _notified)
            Notify();
    }

    /// <summary>Notifies it now, even while an earlier call is open: a switchover does not wait for a lost message.</summary>
    internal void Notify()
    {
        if (_context.Other is not { } shadow)
            return;

        _isNotifying = true;
        _notified = _context.Log.Applied.Index;
        LogGrew grew = new(_notified, _context.Log.Applied.Entries, _context.Log.AppliedBytes);
        _context.Call(NodeAddress.Of(shadow), grew, new MasterCall.Grew(), _context.Config.ProgressLimit);
    }

    /// <summary>The call has ended. Without an answer, the next growth (a heartbeat, at the latest) makes the next call.</summary>
    internal void OnReply(Message? answer)
    {
        _isNotifying = false;
        if (answer is not ShadowProgress progress)
            return;

        _progress = progress;
        _heardAt = _context.Now;
        _lag.OnReplayed(progress.Decisions);

        // The shadow has read a higher term than this master: read the log, and step down if it has that term.
        if (progress.Term > _context.Term)
            _context.VerifyLeadership();
    }

    internal ShadowStatusReply Status()
    {
        (long entries, long ms, long bytes) = _lag.Measure(_context.Now);
        return new ShadowStatusReply(_context.Self, _context.Other, entries, ms, bytes, _context.Term);
    }

    internal MasterStatus Status(MasterName shadow) => new(
        shadow, IsPrimary: false, _progress?.Term ?? Term.None, _progress?.Applied ?? LogIndex.None,
        _progress is null ? null : (long)(_context.Now - _heardAt).TotalMilliseconds);
}
