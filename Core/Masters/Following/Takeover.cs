using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>Where a takeover stands. Each phase ends in the next or in the takeover's end.</summary>
internal enum TakeoverPhase
{
    /// <summary>Reads to the durable end; nothing was put, it can be called off with certainty.</summary>
    CatchUp = 1,

    /// <summary>The term-start record is on its way: whether it takes effect only the log knows.</summary>
    Fence = 2,

    /// <summary>Leads; the record of the takeover is on its way.</summary>
    Record = 3,
}

/// <summary>One takeover, from the decision to its durable record: phases with their times, and who waits for it.</summary>
internal sealed class Takeover
{
    private readonly Instant _startedAt;
    private readonly ulong _entriesBefore;
    private readonly long _detectUs;
    private readonly WriterId? _opener;
    private readonly LogIndex _appliedBefore;
    private readonly PendingSwitchover? _mark;
    private Instant _caughtUpAt;
    private Instant _ledAt;
    private long _replayed;

    /// <summary>Begins one. The log's replica is asked to lead by whoever calls this.</summary>
    internal Takeover(TakeoverReason reason, MasterName from, MasterContext context)
    {
        Reason = reason;
        From = from;
        _startedAt = context.Now;
        _detectUs = reason == TakeoverReason.HeartbeatsMissed ? Microseconds(context.Now - context.Log.GrownAt) : 0;
        _entriesBefore = context.Log.Applied.Entries;
        _opener = context.Log.Opener;
        _appliedBefore = context.Log.Applied.Index;
        _mark = context.State.Switchover;
        _caughtUpAt = context.Now;
        _ledAt = context.Now;
    }

    internal TakeoverReason Reason { get; private set; }

    /// <summary>Who is deposed.</summary>
    internal MasterName From { get; }

    internal TakeoverPhase Phase { get; private set; } = TakeoverPhase.CatchUp;

    /// <summary>Whether somebody has asked for it: then a sign of life of the old primary does not call it off.</summary>
    internal bool IsRequested => Reason == TakeoverReason.Requested || Waiters.Count > 0;

    /// <summary>Who waits for the record, and until when.</summary>
    internal List<(CallId Call, Instant Deadline)> Waiters { get; } = [];

    /// <summary>
    /// Whether a <c>trigger_failover</c> is fulfilled by this one. A planned change whose record is on its way is not
    /// that takeover: repeated later, the request would be refused.
    /// </summary>
    internal bool CanJoin => Phase != TakeoverPhase.Record || Reason != TakeoverReason.Switchover;

    /// <summary>
    /// Somebody has asked for it. A planned change becomes a requested one: (1) the shadow puts its fence; (2) a
    /// request to depose the primary arrives; (3) the cancellation wins the number. It goes on, not as the change that
    /// was refused.
    /// </summary>
    internal void Join(CallId call, Instant deadline)
    {
        Waiters.Add((call, deadline));
        Reason = Reason == TakeoverReason.Switchover ? TakeoverReason.Requested : Reason;
    }

    /// <summary>When this master led: the promotion.</summary>
    internal Instant LedAt => _ledAt;

    /// <summary>Asked at the log's durable end, before the fence is put: does the reason still hold in what was read by then?</summary>
    /// <remarks>
    /// <para>Silence: any record that was read meanwhile, a new term of the old primary among them, is a sign of
    /// life.</para>
    /// <para>Hand-over: the primary's cancellation may have won the number that the fence was put at. It has then told
    /// its caller that it goes on, so it must not be fenced; and a later term of its own makes the hand-over
    /// stale.</para>
    /// </remarks>
    internal bool GoesOn(MasterContext context) =>
        IsRequested ? context.Opener is null || context.Opener == From : StillHolds(context);

    /// <summary>Sees from the effects of a step whether the fence is on its way: then the durable end was reached.</summary>
    internal void Watch(Instant now, List<Effect> effects)
    {
        if (Phase == TakeoverPhase.CatchUp
            && effects.Exists(static effect => effect is Effect.Store { Request: StoreRequest.Put }))
        {
            Phase = TakeoverPhase.Fence;
            _caughtUpAt = now;
        }
    }

    /// <summary>Whether a hand-over stands for the newest term.</summary>
    internal static bool IsCurrent(PendingSwitchover? mark, MasterContext context) =>
        mark is not null && mark.Term == context.Term;

    /// <summary>The fence is durable: the record, as it is to be proposed (again, where the store refused it).</summary>
    internal TakeoverRecord OnLeadershipStarted(MasterContext context)
    {
        if (Phase != TakeoverPhase.Record)
        {
            Phase = TakeoverPhase.Record;
            _ledAt = context.Now;
            _replayed = (long)(context.Log.Applied.Entries - _entriesBefore);
        }

        TakeoverPhases phases = new(
            _detectUs,
            Microseconds(_caughtUpAt - _startedAt),
            Microseconds(_ledAt - _caughtUpAt),
            Microseconds(context.Now - _ledAt),
            null);
        return new TakeoverRecord(Reason, From, context.Self, context.Term, _replayed, phases);
    }

    internal static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private bool StillHolds(MasterContext context) => Reason switch
    {
        TakeoverReason.HeartbeatsMissed => context.Log.Applied.Index == _appliedBefore && context.Log.Opener == _opener,
        TakeoverReason.Switchover => context.State.Switchover == _mark && IsCurrent(_mark, context),
        TakeoverReason.Requested or TakeoverReason.Resumed => true,
    };
}
