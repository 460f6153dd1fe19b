using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters;

/// <summary>What applying an entry of the masters' log came to.</summary>
public abstract record MasterOutcome
{
    private MasterOutcome()
    {
    }

    /// <summary>The cluster is founded with the entry's definition, now or since long.</summary>
    /// <param name="IsNew">Whether it was this entry that founded it.</param>
    public sealed record Founding(bool IsNew) : MasterOutcome;

    /// <summary>Who has a shard, after an assignment or a report.</summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="Owner">Its entry as it is now.</param>
    /// <param name="Change">What the entry did to it.</param>
    public sealed record Ownership(ShardId Shard, ShardEntry Owner, OwnershipChange Change) : MasterOutcome;

    /// <summary>The takeover is in the log; a repeated one is the one that was there.</summary>
    /// <param name="Record">As it stands there.</param>
    public sealed record Takeover(TakeoverRecord Record) : MasterOutcome;

    /// <summary>Groups joined or left, or a shard was pinned: now, or since long.</summary>
    /// <param name="Epoch">The epoch of the shard map that did it.</param>
    /// <param name="Assigned">The shard that was given to somebody by it; null where none was.</param>
    public sealed record Rebalanced(Epoch Epoch, Ownership? Assigned) : MasterOutcome;

    /// <summary>A shard is wanted where the entry says.</summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="Group">Where.</param>
    /// <param name="Assigned">Its entry, where it was given to somebody by this; null where it was not.</param>
    public sealed record Wished(ShardId Shard, GroupId Group, Ownership? Assigned) : MasterOutcome;

    /// <summary>What came of a seal.</summary>
    /// <param name="Decision">As it is answered.</param>
    /// <param name="Moved">The shard's new entry, where it was this entry that committed the move; else null.</param>
    public sealed record Settled(MoveDecided Decision, Ownership? Moved) : MasterOutcome;

    /// <summary>Done, with nothing to say.</summary>
    public sealed record Done : MasterOutcome
    {
        internal static Done Instance { get; } = new();
    }

    /// <summary>The entry changed nothing, because it makes no sense in this state.</summary>
    /// <param name="Kind">Which refusal that is.</param>
    /// <param name="Text">For people.</param>
    public sealed record Rejected(MasterRefusalKind Kind, string Text) : MasterOutcome;
}

/// <summary>What an assignment or a report did to the shard map.</summary>
public enum OwnershipChange
{
    /// <summary>Nothing: it was so already, or the entry was older than what the map has.</summary>
    None = 1,

    /// <summary>The owner holds the shard and may no longer begin with nothing; the map's epoch stays.</summary>
    Held = 2,

    /// <summary>The shard has another owner or epoch; the map's epoch has risen by one.</summary>
    Moved = 3,

    /// <summary>
    /// Two groups claim the shard at the same epoch. The earlier claim stands; that there are two is a defect
    /// somewhere, and whoever leads raises an alarm.
    /// </summary>
    Conflict = 4,
}

/// <summary>A decision that a deposed primary had begun and never saw durable, kept for inspection.</summary>
/// <param name="Decision">What it was, for people.</param>
/// <param name="Term">The term in which it was proposed.</param>
/// <param name="IsCertain">Whether it is certain that it is not in the log; else it may be, once.</param>
/// <param name="Reason">Why.</param>
public sealed record UndurableDecision(string Decision, Term Term, bool IsCertain, string Reason);
