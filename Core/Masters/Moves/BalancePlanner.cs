namespace OrleansShards.Core.Masters.Moves;

/// <summary>
/// Plans which group is to own which shard. The largest and the smallest member differ by at most one shard, or by as
/// little as the pins allow; the fewest shards move; the same input gives the same plan on every node.
/// </summary>
/// <remarks>
/// If the shards were balanced before, no shard moves between two members that both stay: then no member that stays is
/// below its new share.
/// </remarks>
internal static class BalancePlanner
{
    /// <summary>The wanted place of every shard that has an owner. Of equal members the earlier gets a shard.</summary>
    internal static ImmutableSortedDictionary<int, GroupId> Plan(IReadOnlyList<ShardPlace> shards, ImmutableArray<GroupId> members)
    {
        Invariant.Check(!members.IsEmpty, $"a plan for {shards.Count} shards without a member to own them");
        Dictionary<GroupId, int> room = Shares(shards, members);
        SortedDictionary<int, GroupId> planned = [];
        List<ShardPlace> unplaced = KeepInPlace(shards, room, planned);

        // First back to their owners, which spares the move; then to the member with most room.
        unplaced.RemoveAll(shard => TryPlace(shard.Shard, shard.Owner, room, planned));
        foreach (ShardPlace shard in unplaced)
            TryPlace(shard.Shard, members.MaxBy(group => room[group]), room, planned);

        return planned.ToImmutableSortedDictionary();
    }

    // How many shards each member is to own (water-filling): all members are raised level by level over what is pinned;
    // the remainder goes to those with the most shards, which spares moves.
    private static Dictionary<GroupId, int> Shares(IReadOnlyList<ShardPlace> shards, ImmutableArray<GroupId> members)
    {
        Dictionary<GroupId, int> present = Count(shards, members, static _ => true);
        Dictionary<GroupId, int> pinned = Count(shards, members, static shard => shard.IsPinned);
        int level = 0;
        while (members.Sum(group => Math.Max(pinned[group], level + 1)) <= shards.Count)
            level++;

        int left = shards.Count - members.Sum(group => Math.Max(pinned[group], level));
        Dictionary<GroupId, int> shares = members.ToDictionary(static group => group, group => Math.Max(pinned[group], level));
        foreach (GroupId group in members
            .Where(group => pinned[group] <= level).OrderByDescending(group => present[group]).Take(left))
        {
            shares[group]++;
        }

        return shares;
    }

    // Keeps every shard where it is wanted if there is room: pinned ones first, then those that need no move. Returns the others.
    private static List<ShardPlace> KeepInPlace(
        IReadOnlyList<ShardPlace> shards, Dictionary<GroupId, int> room, SortedDictionary<int, GroupId> planned)
    {
        List<ShardPlace> unplaced = [];
        foreach (ShardPlace shard in shards
            .OrderByDescending(static shard => shard.IsPinned)
            .ThenByDescending(static shard => shard.Owner == shard.Place)
            .ThenBy(static shard => shard.Shard))
        {
            if (!TryPlace(shard.Shard, shard.Place, room, planned))
                unplaced.Add(shard);
        }

        return [.. unplaced.OrderBy(static shard => shard.Shard)];
    }

    private static bool TryPlace(int shard, GroupId at, Dictionary<GroupId, int> room, SortedDictionary<int, GroupId> planned)
    {
        if (room.GetValueOrDefault(at) == 0)
            return false;

        room[at]--;
        planned.Add(shard, at);
        return true;
    }

    private static Dictionary<GroupId, int> Count(
        IReadOnlyList<ShardPlace> shards, ImmutableArray<GroupId> members, Func<ShardPlace, bool> which) =>
        members.ToDictionary(static group => group, group => shards.Count(shard => shard.Place == group && which(shard)));
}
