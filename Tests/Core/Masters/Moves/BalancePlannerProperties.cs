using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using OrleansShards.Core;
using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Tests.Core.Masters.Moves;

public sealed class BalancePlannerProperties
{
    private static readonly ImmutableArray<GroupId> Groups = [.. Enumerable.Range(1, 5).Select(n => new GroupId($"g{n}"))];

    [Fact]
    public void Plan_OfAnything_IsBalancedKeepsPinsAndMovesTheFewest()
    {
        int unbalanced = 0;
        int pinned = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Cases().ToArbitrary(), given =>
        {
            ImmutableSortedDictionary<int, GroupId> plan = BalancePlanner.Plan(given.Shards, given.Members);
            Assert.Equal(given.Shards.Select(static shard => shard.Shard), plan.Keys);
            Assert.All(given.Shards.Where(static shard => shard.IsPinned), shard => Assert.Equal(shard.Place, plan[shard.Shard]));
            Dictionary<GroupId, int> fixedBy = Count(given.Members, given.Shards.Where(static shard => shard.IsPinned));
            int[] counts = [.. given.Members.Select(group => plan.Values.Count(at => at == group))];
            AssertLevel(counts, [.. given.Members.Select(group => fixedBy[group])]);
            int moved = given.Shards.Count(shard => plan[shard.Shard] != shard.Place);
            Assert.Equal(FewestChanges(given, fixedBy), moved);
            unbalanced += moved > 0 ? 1 : 0;
            pinned += fixedBy.Values.Max() > given.Shards.Count / given.Members.Length + 1 ? 1 : 0;
        }));
        Assert.True(unbalanced >= 300, $"{unbalanced} plans moved anything");
        Assert.True(pinned >= 20, $"{pinned} plans had more pinned than a fair share");
    }

    [Fact]
    public void Plan_AfterAJoinOrALeaveOfABalancedCluster_TouchesOnlyJoinersAndLeavers()
    {
        int joins = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Cases().ToArbitrary(), given =>
        {
            IReadOnlyList<ShardPlace> free = [.. given.Shards.Select(static shard => shard with { IsPinned = false })];
            ImmutableSortedDictionary<int, GroupId> before = BalancePlanner.Plan(free, given.Before);
            IReadOnlyList<ShardPlace> settled =
                [.. before.Select(static pair => new ShardPlace(pair.Key, pair.Value, pair.Value, false))];
            ImmutableSortedDictionary<int, GroupId> after = BalancePlanner.Plan(settled, given.Members);
            foreach ((int shard, GroupId at) in after.Where(pair => before[pair.Key] != pair.Value))
            {
                bool stays = given.Members.Contains(before[shard]) && given.Before.Contains(at);
                bool onlyJoined = given.Before.All(given.Members.Contains);
                bool onlyLeft = given.Members.All(given.Before.Contains);
                Assert.False(stays && (onlyJoined || onlyLeft), $"shard {shard} goes from {before[shard]} to {at}");
                joins += onlyJoined ? 1 : 0;
            }
        }));
        Assert.True(joins >= 100, $"{joins} shards went to joiners");
    }

    [Fact]
    public void Plan_OfAShardThatIsOnItsWayToAFullGroup_SparesTheMove()
    {
        GroupId[] g = [.. Groups];
        ShardPlace[] shards =
        [
            new(0, g[0], g[0], false), new(1, g[0], g[1], false), new(2, g[1], g[1], false), new(3, g[1], g[1], false),
        ];
        ImmutableSortedDictionary<int, GroupId> plan = BalancePlanner.Plan(shards, [g[0], g[1]]);
        Assert.All(shards, shard => Assert.Equal(shard.Owner, plan[shard.Shard]));
    }

    /// <summary>No shard that may be elsewhere is at a group that has two more than another.</summary>
    private static void AssertLevel(int[] counts, int[] pinned)
    {
        for (int high = 0; high < counts.Length; high++)
        {
            bool canGive = counts[high] > pinned[high];
            Assert.False(canGive && counts[high] - counts.Min() > 1, $"{string.Join(", ", counts)}");
        }
    }

    /// <summary>By trying all: the counts that are level are those of the plan in some order; each surplus costs a change.</summary>
    private static int FewestChanges(Case given, Dictionary<GroupId, int> pinned)
    {
        Dictionary<GroupId, int> present = Count(given.Members, given.Shards);
        int homeless = given.Shards.Count(shard => !given.Members.Contains(shard.Place));
        return Fewest(0, given.Shards.Count, []) + homeless;

        int Fewest(int at, int left, int[] counts)
        {
            if (at == given.Members.Length)
                return left == 0 && IsLevel(counts) ? Surplus(counts) : int.MaxValue / 2;

            int best = int.MaxValue / 2;
            for (int count = pinned[given.Members[at]]; count <= left; count++)
                best = Math.Min(best, Fewest(at + 1, left - count, [.. counts, count]));

            return best;
        }

        bool IsLevel(int[] counts) => !counts.Where(
            (count, at) => count > pinned[given.Members[at]] && count - counts.Min() > 1).Any();

        int Surplus(int[] counts) => counts.Select((count, at) => Math.Max(0, present[given.Members[at]] - count)).Sum();
    }

    private static Dictionary<GroupId, int> Count(ImmutableArray<GroupId> members, IEnumerable<ShardPlace> shards) =>
        members.ToDictionary(static group => group, group => shards.Count(shard => shard.Place == group));

    private static Gen<Case> Cases() =>
        from memberCount in Gen.Choose(1, 4)
        from members in Gen.Shuffle(Groups.ToArray())
        from beforeCount in Gen.Choose(1, 5)
        from shardCount in Gen.Choose(0, 10)
        from spread in Gen.Choose(0, 4)
        from owners in Gen.Choose(0, spread).ArrayOf(shardCount)
        from places in Gen.Frequency((4, Gen.Constant(-1)), (1, Gen.Choose(0, 4))).ArrayOf(shardCount)
        from rate in Gen.Choose(1, 4)
        from pins in Gen.Choose(0, 4).Select(draw => draw / rate).ArrayOf(shardCount)
        select new Case(
            [.. Groups.Where(members.Take(memberCount).Contains)],
            [.. Groups.Where(members.Take(beforeCount).Contains)],
            [.. Enumerable.Range(0, shardCount).Select(at => Shard(at, owners[at], places[at], pins[at], members.Take(memberCount)))]);

    private static ShardPlace Shard(int number, int owner, int place, int pin, IEnumerable<GroupId> members)
    {
        GroupId at = Groups[place < 0 ? owner : place];
        return new ShardPlace(number, Groups[owner], at, pin == 0 && members.Contains(at));
    }

    private sealed record Case(
        ImmutableArray<GroupId> Members, ImmutableArray<GroupId> Before, IReadOnlyList<ShardPlace> Shards);
}
