namespace OrleansShards.Core.Masters;

/// <summary>
/// What a primary knows of its shadow: tells it when the log has grown (one call at a time, so that a burst of commits
/// is one call), and keeps how far it is and when it was last heard.
/// </summary>
internal sealed class ShadowWatch
{
    private readonly MasterContext _context;
    private readonly LagLedger _lag;
    private LogIndex _told;
    private bool _isTelling;
    private ShadowProgress? _progress;
    private Instant _heardAt;

    /// <summary>Begins with a leadership; the shadow counts as being where the log was then until it says otherwise.</summary>
    internal ShadowWatch(MasterContext context)
    {
        _context = context;
        _lag = new LagLedger(context.Config.WaitingMax);
        _lag.Reset(context.Log.Applied.Entries);
        _lag.Learn(context.Log.Applied.Entries, context.Log.AppliedBytes, context.Now);
    }

    internal void Step()
    {
        if (_context.Other is not null)
            _lag.Learn(_context.Log.Applied.Entries, _context.Log.AppliedBytes, _context.Now);

        if (!_isTelling && _context.Log.Applied.Index > _told)
            Notify();
    }

    /// <summary>Tells it now, also while an earlier call is open: a hand-over does not wait for a lost message.</summary>
    internal void Notify()
    {
        if (_context.Other is not { } shadow)
            return;

        _isTelling = true;
        _told = _context.Log.Applied.Index;
        LogGrew grew = new(_told, _context.Log.Applied.Entries, _context.Log.AppliedBytes);
        Instant deadline = _context.Now + _context.Config.ProgressLimit;
        _context.Calls.Open(NodeAddress.Of(shadow), grew, MasterCall.Grew.Instance, deadline, _context.Output.Effects);
    }

    /// <summary>The call has ended; without an answer, the next growth (a heartbeat, at the latest) brings the next call.</summary>
    internal void OnReply(Message? answer)
    {
        _isTelling = false;
        if (answer is not ShadowProgress progress)
            return;

        _progress = progress;
        _heardAt = _context.Now;
        _lag.Reach(progress.Decisions);
        if (progress.Term > _context.Term)
        {
            // It has read a term that this master has not: it is asked of the log who leads, before anybody asks us.
            _context.Log.Read(MasterPurpose.Verify.Instance, _context.Output);
        }
    }

    internal ShadowStatusReply Status()
    {
        (long entries, long ms, long bytes) = _lag.Measure(_context.Now);
        return new ShadowStatusReply(_context.Self, _context.Other, entries, ms, bytes, _context.Term);
    }

    internal MasterStatus Status(MasterName shadow) => new(
        shadow,
        IsPrimary: false,
        _progress?.Term ?? Term.None,
        _progress?.Applied ?? LogIndex.None,
        _progress is null ? null : (long)(_context.Now - _heardAt).TotalMilliseconds);
}
