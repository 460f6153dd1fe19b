namespace OrleansShards.Core.Masters;

/// <summary>Why the primary changed. Persisted in the log: values are append-only.</summary>
public enum TakeoverReason
{
    /// <summary>The log had not grown for the detection time.</summary>
    HeartbeatsMissed = 1,

    /// <summary>An operator or client asked for it.</summary>
    Requested = 2,

    /// <summary>The primary handed over.</summary>
    SwitchOver = 3,
}

/// <summary>What a change of primary leaves in the log.</summary>
/// <param name="Reason">Why.</param>
/// <param name="From">Who led before.</param>
/// <param name="To">Who leads now.</param>
/// <param name="Term">The new term.</param>
/// <param name="EntriesReplayed">Entries that were still to be replayed when it began.</param>
/// <param name="Phases">How long each phase took.</param>
public sealed record TakeoverRecord(
    TakeoverReason Reason, MasterName From, MasterName To, Term Term, long EntriesReplayed, TakeoverPhases Phases);

/// <summary>How long the phases of a takeover took, in microseconds on the new primary's monotonic clock.</summary>
/// <param name="DetectUs">From the last sign of life to the decision; 0 where it was asked for.</param>
/// <param name="CatchUpUs">From the decision to the durable end of the log.</param>
/// <param name="FenceUs">From there to the durable opening record.</param>
/// <param name="PromoteUs">From there to the first decision under the new term: this record itself being proposed.</param>
/// <param name="RedirectUs">From the promotion to the notices being on their way.</param>
public sealed record TakeoverPhases(long DetectUs, long CatchUpUs, long FenceUs, long PromoteUs, long RedirectUs);
