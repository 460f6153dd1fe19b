namespace OrleansShards.Core.Masters.Moves;

/// <summary>What made an epoch of the shard map. Persisted in checkpoints: values are append-only.</summary>
internal enum MapChangeKind : byte
{
    /// <summary>A shard has another owner, or its owner another epoch.</summary>
    Owned = 1,

    /// <summary>Groups became members.</summary>
    Joined = 2,

    /// <summary>Groups are members no longer.</summary>
    Left = 3,

    /// <summary>A shard was pinned; its owner is as before.</summary>
    Pinned = 4,
}

/// <summary>One epoch of the shard map, as the difference to the one before.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Shard">The shard; 0 for changes of the members.</param>
/// <param name="Group">The new owner, or whereto it is pinned; none for changes of the members.</param>
/// <param name="Groups">Who joined or left, in the cluster's order; empty for changes of a shard.</param>
internal readonly record struct MapChange(
    MapChangeKind Kind, int Shard, GroupId Group, ImmutableArray<GroupId> Groups)
{
    internal static MapChange Owned(int shard, GroupId owner) => new(MapChangeKind.Owned, shard, owner, []);

    internal static MapChange Pinned(int shard, GroupId group) => new(MapChangeKind.Pinned, shard, group, []);

    internal static MapChange Members(ImmutableArray<GroupId> groups, bool join) =>
        new(join ? MapChangeKind.Joined : MapChangeKind.Left, 0, default, groups);

    /// <summary>The members after it, where those before are given.</summary>
    /// <param name="members">The members before.</param>
    /// <param name="all">Every group, in the order that the answer is in.</param>
    internal ImmutableArray<GroupId> Apply(ImmutableArray<GroupId> members, ImmutableArray<GroupId> all)
    {
        ImmutableArray<GroupId> changed = Groups;
        return Kind switch
        {
            MapChangeKind.Joined => [.. all.Where(group => members.Contains(group) || changed.Contains(group))],
            MapChangeKind.Left => [.. members.Where(group => !changed.Contains(group))],
            MapChangeKind.Owned or MapChangeKind.Pinned => members,
        };
    }
}
