using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters;

/// <summary>The result of applying an entry of the masters' log.</summary>
public abstract record MasterOutcome
{
    private MasterOutcome() { }

    /// <summary>The cluster has the entry's definition: by this entry if it is new, else by an earlier one.</summary>
    public sealed record Created(bool IsNew) : MasterOutcome;

    /// <summary>Who owns a shard after an assignment or a report, and what the entry changed.</summary>
    public sealed record Ownership(ShardId Shard, ShardEntry Owner, OwnershipChange Change) : MasterOutcome;

    /// <summary>The takeover as the log has it: if the term had one already, that one.</summary>
    public sealed record Takeover(TakeoverRecord Record) : MasterOutcome;

    /// <summary>
    /// Groups joined or left, or a shard was pinned, at this epoch of the shard map, by this entry or an earlier one; and the
    /// shard without an owner that the entry assigned, if any.
    /// </summary>
    public sealed record Rebalanced(Epoch Epoch, Ownership? Assigned) : MasterOutcome;

    /// <summary>The cluster does not have the entry's groups.</summary>
    public sealed record Forgotten : MasterOutcome;

    /// <summary>A shard is wanted at a group; if it had no owner, the entry assigned it.</summary>
    public sealed record Wanted(ShardId Shard, GroupId Group, Ownership? Assigned) : MasterOutcome;

    /// <summary>A seal is decided, with the shard's new ownership if this entry committed the move.</summary>
    public sealed record Decided(MoveDecided Decision, Ownership? Moved) : MasterOutcome;

    /// <summary>How the newest restore stands, by this entry or an earlier one.</summary>
    public sealed record Restored(RestoreStatus Status) : MasterOutcome;

    /// <summary>Applied; there is nothing to report.</summary>
    public sealed record Done : MasterOutcome;

    /// <summary>The entry changed nothing: it makes no sense in this state, for the reason in the text.</summary>
    public sealed record Rejected(MasterRefusalKind Kind, string Text) : MasterOutcome;
}

/// <summary>
/// A decision that a deposed primary proposed in a term and never saw durable, with the reason; kept for inspection. It is
/// certainly not in the log, or else it may be there, once.
/// </summary>
public sealed record UndurableDecision(string Decision, Term Term, bool IsCertain, string Reason);
