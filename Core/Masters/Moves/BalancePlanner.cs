namespace OrleansShards.Core.Masters.Moves;

/// <summary>
/// Who is to have which shard. The largest and the smallest member differ by at most one shard, or by as little as the
/// pins allow; the fewest shards change their place; the same input gives the same plan, everywhere.
/// </summary>
/// <remarks>
/// That no shard moves between two members that both stay follows from the fewest moves where the shards were balanced
/// before: nobody who stays is below its new share then.
/// </remarks>
internal static class BalancePlanner
{
    /// <summary>The wanted place of every shard.</summary>
    /// <param name="shards">Every shard that somebody has, by number.</param>
    /// <param name="members">The members, at least one; ties go to the earlier.</param>
    internal static ImmutableSortedDictionary<int, GroupId> Plan(
        IReadOnlyList<ShardPlace> shards, ImmutableArray<GroupId> members)
    {
        Invariant.Check(!members.IsEmpty, $"a plan for {shards.Count} shards without a member to have them");
        Dictionary<GroupId, int> room = Shares(shards, members);
        SortedDictionary<int, GroupId> planned = [];
        List<ShardPlace> homeless = Settle(shards, room, planned);

        // First back to where they are: that spares the move. Then to who has most room.
        homeless.RemoveAll(shard => TryPlace(shard.Shard, shard.Owner, room, planned));
        foreach (ShardPlace shard in homeless)
            TryPlace(shard.Shard, Roomiest(room, members), room, planned);

        return planned.ToImmutableSortedDictionary();
    }

    /// <summary>
    /// How many shards each member is to have: filled up like water over what is pinned, level by level; what is left
    /// over goes to those with the most shards, which spares moves.
    /// </summary>
    private static Dictionary<GroupId, int> Shares(IReadOnlyList<ShardPlace> shards, ImmutableArray<GroupId> members)
    {
        Dictionary<GroupId, int> present = Count(shards, members, static _ => true);
        Dictionary<GroupId, int> pinned = Count(shards, members, static shard => shard.IsPinned);
        int level = 0;
        while (members.Sum(group => Math.Max(pinned[group], level + 1)) <= shards.Count)
            level++;

        int left = shards.Count - members.Sum(group => Math.Max(pinned[group], level));
        Dictionary<GroupId, int> shares = members.ToDictionary(
            static group => group, group => Math.Max(pinned[group], level));
        foreach (GroupId group in members
            .Where(group => pinned[group] <= level).OrderByDescending(group => present[group]).Take(left))
        {
            shares[group]++;
        }

        return shares;
    }

    /// <summary>Leaves every shard where it is wanted that may stay there; pinned ones first, then those that need no move.</summary>
    /// <returns>The others, by number.</returns>
    private static List<ShardPlace> Settle(
        IReadOnlyList<ShardPlace> shards, Dictionary<GroupId, int> room, SortedDictionary<int, GroupId> planned)
    {
        List<ShardPlace> homeless = [];
        foreach (ShardPlace shard in shards
            .OrderByDescending(static shard => shard.IsPinned)
            .ThenByDescending(static shard => shard.Owner == shard.Place)
            .ThenBy(static shard => shard.Shard))
        {
            if (!TryPlace(shard.Shard, shard.Place, room, planned))
                homeless.Add(shard);
        }

        return [.. homeless.OrderBy(static shard => shard.Shard)];
    }

    private static bool TryPlace(
        int shard, GroupId at, Dictionary<GroupId, int> room, SortedDictionary<int, GroupId> planned)
    {
        if (room.GetValueOrDefault(at) == 0)
            return false;

        room[at]--;
        planned.Add(shard, at);
        return true;
    }

    private static GroupId Roomiest(Dictionary<GroupId, int> room, ImmutableArray<GroupId> members) =>
        members.MaxBy(group => room[group]);

    private static Dictionary<GroupId, int> Count(
        IReadOnlyList<ShardPlace> shards, ImmutableArray<GroupId> members, Func<ShardPlace, bool> which) =>
        members.ToDictionary(
            static group => group, group => shards.Count(shard => shard.Place == group && which(shard)));
}
