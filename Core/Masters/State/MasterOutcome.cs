using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters;

/// <summary>The result of applying an entry of the masters' log.</summary>
public abstract record MasterOutcome
{
    private MasterOutcome()
    {
    }

    /// <summary>The cluster is founded with the entry's definition.</summary>
    /// <param name="IsNew">Whether this entry founded it; else an earlier one did.</param>
    public sealed record Founding(bool IsNew) : MasterOutcome;

    /// <summary>Who owns a shard after an assignment or a report.</summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="Owner">Its entry now.</param>
    /// <param name="Change">What the entry changed.</param>
    public sealed record Ownership(ShardId Shard, ShardEntry Owner, OwnershipChange Change) : MasterOutcome;

    /// <summary>The takeover is in the log.</summary>
    /// <param name="Record">As the log has it: where the term has one already, the earlier one.</param>
    public sealed record Takeover(TakeoverRecord Record) : MasterOutcome;

    /// <summary>Groups joined or left, or a shard was pinned, by this entry or an earlier one.</summary>
    /// <param name="Epoch">The epoch of the shard map that did it.</param>
    /// <param name="Assigned">The shard that it gave to a group; null where there is none.</param>
    public sealed record Rebalanced(Epoch Epoch, Ownership? Assigned) : MasterOutcome;

    /// <summary>A shard is wanted where the entry says.</summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="Group">The group.</param>
    /// <param name="Assigned">Its entry, where this gave it to the group; else null.</param>
    public sealed record Wanted(ShardId Shard, GroupId Group, Ownership? Assigned) : MasterOutcome;

    /// <summary>A seal is decided.</summary>
    /// <param name="Decision">As it is answered.</param>
    /// <param name="Moved">The shard's new entry, where this entry committed the move; else null.</param>
    public sealed record Settled(MoveDecided Decision, Ownership? Moved) : MasterOutcome;

    /// <summary>Applied; there is nothing to report.</summary>
    public sealed record Done : MasterOutcome
    {
        internal static Done Instance { get; } = new();
    }

    /// <summary>The entry changed nothing: it makes no sense in this state.</summary>
    /// <param name="Kind">Which refusal that is.</param>
    /// <param name="Text">For people.</param>
    public sealed record Rejected(MasterRefusalKind Kind, string Text) : MasterOutcome;
}

/// <summary>A decision that a deposed primary proposed and never saw durable, kept for inspection.</summary>
/// <param name="Decision">The entry, for people.</param>
/// <param name="Term">The term in which it was proposed.</param>
/// <param name="IsCertain">Whether it is certainly not in the log; else it may be there, once.</param>
/// <param name="Reason">Why it did not become durable.</param>
public sealed record UndurableDecision(string Decision, Term Term, bool IsCertain, string Reason);
