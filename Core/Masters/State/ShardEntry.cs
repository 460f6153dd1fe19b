namespace OrleansShards.Core.Masters;

/// <summary>One shard in the shard map, as <see cref="ShardOwner"/> says it.</summary>
public sealed record ShardEntry(GroupId Owner, Epoch Epoch, bool MayOpenEmpty)
{
    /// <summary>The entry as an answer.</summary>
    public ShardOwner ToReply() => new(Owner, Epoch, MayOpenEmpty);

    /// <summary>
    /// What a report of ownership changes. The highest epoch wins. At the same epoch and owner a report can only clear
    /// <see cref="MayOpenEmpty"/>: (1) the source releases without content and reports it; (2) the owner opens empty,
    /// holds data, and reports itself; (3) the source's report arrives again. It must not let the owner start empty again.
    /// </summary>
    internal static OwnershipChange Compare(ShardEntry? present, GroupId owner, Epoch epoch, bool empty)
    {
        if (present is null || epoch > present.Epoch)
            return OwnershipChange.Moved;

        return epoch < present.Epoch ? OwnershipChange.None
            : owner != present.Owner ? OwnershipChange.Conflict
            : present.MayOpenEmpty && !empty ? OwnershipChange.Held
            : OwnershipChange.None;
    }
}

/// <summary>What an assignment or a report did to the shard map.</summary>
public enum OwnershipChange
{
    /// <summary>Nothing: the map already says so, or the entry is older than the map.</summary>
    None = 1,

    /// <summary>The owner holds the shard and may no longer start empty; the map's epoch stays.</summary>
    Held = 2,

    /// <summary>The shard has another owner or epoch; the map's epoch rose by one.</summary>
    Moved = 3,

    /// <summary>Two groups claim the shard at one epoch, a defect: the earlier claim stands, and the primary raises an alarm.</summary>
    Conflict = 4,
}
