using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Moves;

/// <summary>The test ideas of the shard labs of MIT's course 6.5840, by their names, on every host.</summary>
public abstract partial class LabTests
{
    private static readonly GroupId N1 = new("n1");
    private static readonly GroupId N2 = new("n2");
    private static readonly GroupId N3 = new("n3");

    /// <summary>A cluster over this store, founded.</summary>
    private protected abstract Task<ILabCluster> StartAsync(ILogStore store);

    private Task<ILabCluster> StartAsync() => StartAsync(new InMemoryLogStore());

    [Fact]
    public async Task Static_AGroupIsDown_ItsShardsAreNotServedAndAllOthersAre()
    {
        await using ILabCluster cluster = await StartAsync();
        Operator lab = new(cluster);
        var map = await lab.FillAsync();
        Assert.Equal(3, map.Values.Distinct().Count());

        cluster.Store.Cut(N2);

        await OnlyAreServedAsync(lab, Operator.Shards.Where(shard => map[shard.Value] != N2));
        cluster.Store.Heal();
        await lab.AllAreThereAsync();
        Assert.Equal(map, (await lab.ConfigAsync()).Shards);
    }

    [Fact]
    public async Task JoinLeave_GroupsGoAndComeBack_NothingIsLostAndOnlyOwnersServe()
    {
        await using ILabCluster cluster = await StartAsync();
        Operator lab = new(cluster);
        await lab.FillAsync();

        await lab.LeaveAsync(N2, N3);
        await lab.UntilMapAsync(static map => map.Values.All(static owner => owner == N1), "all shards at n1");
        await lab.AllAreThereAsync();
        await lab.JoinAsync(N2);
        await lab.UntilMapAsync(
            static map => map.Values.Count(static owner => owner == N2) == 4, "four of eight shards at n2");
        await lab.JoinAsync(N3);
        await lab.LeaveAsync(N1);
        await lab.UntilMapAsync(
            static map => map.Values.All(static owner => owner != N1)
                && map.Values.Count(static owner => owner == N2) == 4,
            "four shards each at n2 and n3");
        await lab.UntilNothingMovesAsync();

        await lab.AllAreThereAsync();
        await OnlyOwnersServeAsync(lab);
    }

    [Fact]
    public async Task Missed_AGroupSleepsThroughChanges_ItServesNothingStaleAndGivesUpWhatItHad()
    {
        await using ILabCluster cluster = await StartAsync();
        Operator lab = new(cluster);
        await lab.FillAsync();
        ShardId turned = new(2);
        ShardId passedOn = new(0);

        cluster.Store.Cut(N2);
        // It was to get one shard, which went elsewhere then; and one that it never had goes through many hands.
        await lab.AskAsync<MoveStatus>(new MigrateShard(turned, N2));
        await lab.UntilCopyingAsync(turned, N2);
        await lab.MoveAsync(turned, N1);
        await lab.WriteAsync(turned, "b", "7");
        foreach (GroupId group in (GroupId[])[N3, N1, N3])
            await lab.MoveAsync(passedOn, group);

        await lab.LeaveAsync(N2);
        cluster.Store.Heal();
        await lab.UntilMapAsync(static map => !map.ContainsValue(N2), "no shard at n2");
        await lab.UntilNothingMovesAsync();

        await lab.AllAreThereAsync();
        Assert.Equal("7", await lab.ReadAsync(turned, "b"));
        await OnlyOwnersServeAsync(lab);
    }

    [Fact]
    public async Task Unaffected_OtherShardsMoveOrCannot_EveryRequestIsAnswered()
    {
        await using ILabCluster cluster = await StartAsync();
        Operator lab = new(cluster);
        await lab.FillAsync();
        ShardId moving = new(0);
        int answered = 0;
        bool isOver = false;
        // One shard in each group that the other one moves through.
        Task[] asking = [.. Enumerable.Range(1, 3).Select(shard => Task.Run(() => AskOnAsync(new ShardId(shard))))];

        foreach (GroupId group in (GroupId[])[N2, N3, N1, N2, N1])
            await lab.MoveAsync(moving, group);

        cluster.Store.Cut(N3, moving);
        await lab.AskAsync<MoveStatus>(new MigrateShard(moving, N3));
        await lab.UntilCopyingAsync(moving, N3);
        int wanted = Volatile.Read(ref answered) + 200;
        await Condition.HoldsAsync(
            () => Volatile.Read(ref answered) > wanted || asking.Any(static task => task.IsCompleted),
            () => $"{wanted} answers; there are {answered}");
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(asking);
        cluster.Store.Heal();
        await lab.UntilNothingMovesAsync();
        await lab.AllAreThereAsync();

        async Task AskOnAsync(ShardId shard)
        {
            for (int number = 0; !Volatile.Read(ref isOver); number++)
            {
                await lab.WriteAsync(shard, "u", $"{number}");
                Assert.Equal($"{number}", await lab.ReadAsync(shard, "u"));
                Interlocked.Add(ref answered, 2);
            }
        }
    }

    [Fact]
    public async Task Partial_OneGroupOfAChangeIsDown_WhatComesFromOthersIsServedAtOnce()
    {
        await using ILabCluster cluster = await StartAsync();
        Operator lab = new(cluster);
        await lab.FillAsync();

        cluster.Store.Cut(N1);
        await lab.LeaveAsync(N1, N2);
        await lab.UntilMapAsync(static map => !map.ContainsValue(N2), "no shard at n2, as that group is well");

        var map = (await lab.ConfigAsync()).Shards;
        await OnlyAreServedAsync(lab, Operator.Shards.Where(shard => map[shard.Value] != N1));
        Assert.Equal(3, (await lab.ConfigAsync()).Shards.Values.Count(static owner => owner == N1));
        cluster.Store.Heal();
        await lab.UntilMapAsync(static map => map.Values.All(static owner => owner == N3), "all shards at n3");
        await lab.AllAreThereAsync();
    }

    /// <summary>These shards have what was written and take more; the others are not served at all.</summary>
    private static async Task OnlyAreServedAsync(Operator lab, IEnumerable<ShardId> shards)
    {
        ShardId[] served = [.. shards];
        foreach (ShardId shard in served)
        {
            Assert.Equal($"{shard}", await lab.ReadAsync(shard));
            await lab.WriteAsync(shard, "b", "1");
        }

        ShardId[] others = [.. Operator.Shards.Except(served)];
        Assert.NotEmpty(others);
        ClientOutcome[] outcomes = await Task.WhenAll(others.SelectMany(shard =>
            (Task<ClientOutcome>[])[lab.TryReadAsync(shard, "a"), lab.TryWriteAsync(shard, "b", "1")]));
        Assert.All(outcomes, static outcome => Assert.IsNotType<ClientOutcome.Applied>(outcome));
    }

    private static async Task OnlyOwnersServeAsync(Operator lab)
    {
        var map = (await lab.ConfigAsync()).Shards;
        foreach (ShardId shard in Operator.Shards)
            Assert.Equal([map[shard.Value]], await lab.ServingAsync(shard));
    }
}
