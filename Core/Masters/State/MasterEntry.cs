namespace OrleansShards.Core.Masters;

/// <summary>The first byte of every entry of the masters' log. Persisted: values are append-only.</summary>
internal enum MasterEntryKind : byte
{
    /// <summary><see cref="MasterEntry.Founded"/>; the first entry of every log.</summary>
    Founded = 1,

    /// <summary><see cref="MasterEntry.Assigned"/>.</summary>
    Assigned = 2,

    /// <summary><see cref="MasterEntry.OwnerReported"/>.</summary>
    OwnerReported = 3,

    /// <summary><see cref="MasterEntry.TakenOver"/>; the first entry of a primary that was not the one before.</summary>
    TakenOver = 4,

    /// <summary><see cref="MasterEntry.Redirected"/>; at most one a takeover.</summary>
    Redirected = 5,

    /// <summary><see cref="MasterEntry.Switchover"/>; no decision of the same term follows it but its cancellation.</summary>
    Switchover = 6,

    /// <summary><see cref="MasterEntry.SwitchoverCancelled"/>.</summary>
    SwitchoverCancelled = 7,

    /// <summary><see cref="MasterEntry.Joined"/>.</summary>
    Joined = 8,

    /// <summary><see cref="MasterEntry.Left"/>.</summary>
    Left = 9,

    /// <summary><see cref="MasterEntry.Pinned"/>.</summary>
    Pinned = 10,

    /// <summary><see cref="MasterEntry.Wanted"/>.</summary>
    Wanted = 11,

    /// <summary><see cref="MasterEntry.MoveBegun"/>; at most one move of a shard is active.</summary>
    MoveBegun = 12,

    /// <summary><see cref="MasterEntry.MoveSettled"/>; the one that commits is the decisive record of a move.</summary>
    MoveSettled = 13,

    /// <summary><see cref="MasterEntry.MoveAborted"/>; changes nothing after the commit.</summary>
    MoveAborted = 14,

    /// <summary><see cref="MasterEntry.MoveEnded"/>; changes nothing before the commit.</summary>
    MoveEnded = 15,
}

/// <summary>One decision of a primary, as its log keeps it.</summary>
internal abstract partial record MasterEntry
{
    private MasterEntry()
    {
    }

    /// <summary>The cluster begins.</summary>
    internal sealed record Founded(ClusterDefinition Definition) : MasterEntry;

    /// <summary>
    /// A shard that nobody has is given to a group: the preferred one, else the one with the fewest shards at this
    /// place of the log. Which one that is follows from the state, so that two requests in one batch both come out
    /// right.
    /// </summary>
    internal sealed record Assigned(ShardId Shard, GroupId? Prefer) : MasterEntry;

    /// <summary>A copy has reported who has a shard. The highest epoch wins.</summary>
    internal sealed record OwnerReported(ShardId Shard, GroupId Owner, Epoch Epoch, bool Empty) : MasterEntry;

    /// <summary>The primary has changed.</summary>
    internal sealed record TakenOver(TakeoverRecord Record) : MasterEntry;

    /// <summary>Completes the record of the takeover that opened a term.</summary>
    internal sealed record Redirected(Term Term, long RedirectUs) : MasterEntry;

    /// <summary>The primary decides nothing more in this term, so that another may take over without waiting.</summary>
    internal sealed record Switchover(MasterName To) : MasterEntry;

    /// <summary>It was not taken: the primary goes on.</summary>
    internal sealed record SwitchoverCancelled : MasterEntry;
}
