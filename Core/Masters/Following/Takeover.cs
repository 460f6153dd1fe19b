using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>The phases of a takeover. Each ends in the next or in the takeover's end.</summary>
internal enum TakeoverPhase
{
    /// <summary>Reads to the durable end. Nothing was put: it can be called off with certainty.</summary>
    CatchUp = 1,

    /// <summary>The term-start record is on its way: only the log knows whether it takes effect.</summary>
    Fence = 2,

    /// <summary>This master leads; the record of the takeover is on its way.</summary>
    Record = 3,
}

/// <summary>One takeover from the decision to its durable record: its phases with their times, and the calls that wait for it.</summary>
internal sealed class Takeover(TakeoverReason reason, MasterName from, MasterContext context)
{
    private readonly Instant _startedAt = context.Now;
    private readonly ulong _entriesBefore = context.Log.Applied.Entries;
    private readonly long _detectUs = reason == TakeoverReason.HeartbeatsMissed ? Microseconds(context.Now - context.Log.GrownAt) : 0;
    private readonly WriterId? _opener = context.Log.Opener;
    private readonly LogIndex _appliedBefore = context.Log.Applied.Index;
    private readonly PendingSwitchover? _switchover = context.State.Switchover;
    private Instant _caughtUpAt = context.Now;
    private long _replayed;

    internal TakeoverReason Reason { get; private set; } = reason;

    internal MasterName From { get; } = from;

    internal TakeoverPhase Phase { get; private set; } = TakeoverPhase.CatchUp;

    internal Instant LedAt { get; private set; } = context.Now;

    /// <summary>The first master opens the first term: there is nothing to take over, and nothing to record.</summary>
    internal bool IsFounding => From == context.Self && _opener is null;

    /// <summary>Whether a caller asked for it: then a sign of life of the old primary does not call it off.</summary>
    internal bool IsRequested => Reason == TakeoverReason.Requested || Waiters.Count > 0;

    /// <summary>The calls that wait for the record, and until when.</summary>
    internal List<(CallId Call, Instant Deadline)> Waiters { get; } = [];

    /// <summary>
    /// Whether this takeover fulfils a <c>trigger_failover</c>. A switchover whose record is on its way does not: repeated
    /// later, the request would be refused.
    /// </summary>
    internal bool CanJoin => Phase != TakeoverPhase.Record || Reason != TakeoverReason.Switchover;

    /// <summary>
    /// A caller asks for it. A switchover becomes a requested takeover: (1) the shadow puts its fence; (2) a request to
    /// depose the primary arrives; (3) the cancellation of the switchover wins the index. The takeover continues, no longer
    /// as the switchover that was refused.
    /// </summary>
    internal void Join(CallId call, Instant deadline)
    {
        Waiters.Add((call, deadline));
        Reason = Reason == TakeoverReason.Switchover ? TakeoverReason.Requested : Reason;
    }

    /// <summary>Asked at the log's durable end, before the fence is put: does the reason still hold after what was read?</summary>
    /// <remarks>
    /// <para>Silence: any record that was read meanwhile, a new term of the old primary included, is a sign of life.</para>
    /// <para>Switchover: the primary's cancellation may have won the index that the fence was put at. The primary has then
    /// told its caller that it continues, so it must not be fenced; and a later term of its own makes the switchover
    /// stale.</para>
    /// </remarks>
    internal bool MayFence() => IsRequested ? context.Opener is null || context.Opener == From : StillHolds();

    /// <summary>Sees from the effects of a step whether the fence is on its way: then the durable end was reached.</summary>
    internal void Watch()
    {
        if (Phase == TakeoverPhase.CatchUp
            && context.Output.Effects.Exists(static effect => effect is Effect.Store { Request: StoreRequest.Put }))
        {
            Phase = TakeoverPhase.Fence;
            _caughtUpAt = context.Now;
        }
    }

    /// <summary>Whether a switchover holds for the newest term.</summary>
    internal static bool IsCurrent(PendingSwitchover? switchover, MasterContext context) =>
        switchover is not null && switchover.Term == context.Term;

    /// <summary>The fence is durable: the record to be proposed, or proposed again where the store refused it.</summary>
    internal TakeoverRecord OnLeadershipStarted()
    {
        if (Phase != TakeoverPhase.Record)
        {
            Phase = TakeoverPhase.Record;
            LedAt = context.Now;
            _replayed = (long)(context.Log.Applied.Entries - _entriesBefore);
        }

        TakeoverPhases phases = new(
            _detectUs, Microseconds(_caughtUpAt - _startedAt), Microseconds(LedAt - _caughtUpAt), Microseconds(context.Now - LedAt), null);
        return new TakeoverRecord(Reason, From, context.Self, context.Term, _replayed, phases);
    }

    internal static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private bool StillHolds() => Reason switch
    {
        TakeoverReason.HeartbeatsMissed => context.Log.Applied.Index == _appliedBefore && context.Log.Opener == _opener,
        TakeoverReason.Switchover => context.State.Switchover == _switchover && IsCurrent(_switchover, context),
        TakeoverReason.Restarted or TakeoverReason.Regained => context.Log.Opener == _opener,
        TakeoverReason.Requested or TakeoverReason.Resumed => true,
    };
}
