namespace OrleansShards.Core.Masters;

/// <summary>Why the term changed. Persisted in the log: values are append-only.</summary>
[GenerateSerializer, Alias("OrleansShards.TakeoverReason")]
public enum TakeoverReason
{
    /// <summary>The log had not grown for the detection time.</summary>
    HeartbeatsMissed = 1,

    /// <summary>An operator or client asked for it.</summary>
    Requested = 2,

    /// <summary>A planned switchover.</summary>
    Switchover = 3,

    /// <summary>
    /// The new primary crashed between its fence and this record, and resumed after its restart: the original reason and
    /// the phases' times are lost (they are 0).
    /// </summary>
    Resumed = 4,

    /// <summary>The same master leads on, in a new term: its process or its grain was started anew.</summary>
    Restarted = 5,

    /// <summary>The same run of the same master leads on, in a new term: it had stopped itself, as its log did not answer.</summary>
    Regained = 6,
}

/// <summary>
/// The log's record of a change of term, with the entries still to be replayed when it began. A term without a record ended before
/// its first decision.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.TakeoverRecord"), Immutable, OmitDefaultMemberValues]
public sealed record TakeoverRecord(
    [property: Id(0)] TakeoverReason Reason, [property: Id(1)] MasterName From, [property: Id(2)] MasterName To,
    [property: Id(3)] Term Term, [property: Id(4)] long EntriesReplayed, [property: Id(5)] TakeoverPhases Phases)
{
    /// <summary>When the new primary proposed this record, by its wall clock; null where it is from a release that kept no times.</summary>
    [Id(6)]
    public DateTimeOffset? At { get; init; }

    /// <summary>Whether another master became the primary.</summary>
    public bool ChangesPrimary => From != To;

    /// <summary>
    /// From the request (or the last sign of life) to the promotion, in milliseconds, rounded up: what took any time is
    /// not 0. The redirect is not part of it: the new primary serves meanwhile.
    /// </summary>
    public long FailoverTimeMs => (Phases.DetectUs + Phases.CatchUpUs + Phases.FenceUs + Phases.PromoteUs + 999) / 1000;

    /// <summary>The answer to every <c>trigger_failover</c> that this takeover fulfils, repetitions included.</summary>
    public FailoverReply Reply() => new(To, EntriesReplayed, FailoverTimeMs);
}

/// <summary>How long the phases of a takeover took, in microseconds on the new primary's monotonic clock.</summary>
/// <param name="DetectUs">From the last sign of life to the decision; 0 where it was requested.</param>
/// <param name="CatchUpUs">From the decision to the durable end of the log.</param>
/// <param name="FenceUs">From there to the durable term-start record.</param>
/// <param name="PromoteUs">From there to the first decision under the new term: the proposal of this record.</param>
/// <param name="RedirectUs">
/// From the promotion until every group had sent its heartbeat to the new primary, or the limit (1 s) was over; null
/// until then. It is logged after the record itself.
/// </param>
[GenerateSerializer, Alias("OrleansShards.TakeoverPhases"), Immutable, OmitDefaultMemberValues]
public sealed record TakeoverPhases(
    [property: Id(0)] long DetectUs, [property: Id(1)] long CatchUpUs, [property: Id(2)] long FenceUs,
    [property: Id(3)] long PromoteUs, [property: Id(4)] long? RedirectUs);
