using Orleans.TestingHost;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Orleans.Cluster;

/// <summary>A group that the cluster was not created with, from its first silo to its end.</summary>
public sealed class LaterGroupTests
{
    private static readonly GroupId N4 = new("n4");

    [Fact]
    public async Task SiloWithANewGroup_Joins_GetsShards_Leaves_AndTheGroupIsForgotten()
    {
        int started = 0;
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(2, (_, options) =>
        {
            if (Interlocked.Increment(ref started) == 3)
                options.Groups.Add("n4");
        });
        for (int key = 0; key < 40; key++)
            Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(key, key));

        InProcessSiloHandle home = await cluster.StartSiloAsync();
        await UntilAsync(cluster, static status => status.Announced is [var only] && only == N4, "the group is announced");
        MovePlan plan = Assert.IsType<MovePlan>(await cluster.AskPrimaryAsync(new JoinGroups([N4], PlanOnly: true)));
        Assert.Equal(2, plan.Moves.Count(static move => move.Target == N4));

        Assert.IsType<Rebalanced>(await cluster.AskPrimaryAsync(new JoinGroups([N4], PlanOnly: false)));
        ClusterStatusReply joined = await UntilAsync(
            cluster,
            static status => status.Moves.IsEmpty && status.Config.Shards.Values.Count(static owner => owner == N4) == 2,
            "the group has its share of the shards");
        Assert.Contains(N4, joined.Members);
        Assert.Empty(joined.Announced!.Value);
        int shard = joined.Config.Shards.First(static owner => owner.Value == N4).Key;
        ClientOutcome there = await cluster.AskAsync(new ClientRequest.OfShard(N4, new ShardId(shard), new QueryAvailability()));
        Assert.True(Assert.IsType<ShardAvailability>(Assert.IsType<ClientOutcome.Applied>(there).Reply).Available);
        await WroteAllAsync(cluster);

        // Its silo dies before it has left: the shards are served elsewhere, by silos that were not started for it.
        await cluster.KillAsync(home);
        await WroteAllAsync(cluster);
        Assert.IsType<ClientOutcome.Rejected>(await cluster.AskAsync(new ClientRequest.OfPrimary(new ForgetGroups([N4]))));
        Assert.IsType<Rebalanced>(await cluster.AskPrimaryAsync(new LeaveGroups([N4], PlanOnly: false)));
        await UntilAsync(
            cluster, static status => status.Moves.IsEmpty && !status.Config.Shards.ContainsValue(N4), "the group has no shard any more");
        Assert.IsType<GroupsForgotten>(await cluster.AskPrimaryAsync(new ForgetGroups([N4])));
        ClusterStatusReply forgotten = await UntilAsync(
            cluster, static status => status.Announced is [], "nothing of the group runs any more");
        Assert.Equal(OrleansCluster.Definition.Groups, forgotten.Config.Groups);
        await WroteAllAsync(cluster);
        ClientOutcome gone = await cluster.AskAsync(new ClientRequest.OfPrimary(new LeaveGroups([N4], PlanOnly: false)));
        Assert.Equal(
            "there is no group n4, the cluster has n1, n2, n3",
            Assert.IsType<MasterRefusal>(Assert.IsType<ClientOutcome.Rejected>(gone).Reply).Text);
    }

    private static async Task WroteAllAsync(OrleansCluster cluster)
    {
        for (int key = 0; key < 40; key++)
            Assert.Equal($"{key}", OrleansCluster.Value(await cluster.ReadAsync(key)));
    }

    private static async Task<ClusterStatusReply> UntilAsync(
        OrleansCluster cluster, Func<ClusterStatusReply, bool> condition, string expected)
    {
        ClusterStatusReply? status = null;
        Task asking = Task.CompletedTask;
        await OrleansCluster.UntilAsync(
            () =>
            {
                if (asking.IsCompleted && (status is null || !condition(status)))
                    asking = AskAsync();

                return status is not null && condition(status);

                async Task AskAsync()
                {
                    if (await cluster.AskAsync(new ClientRequest.OfPrimary(new QueryClusterStatus()))
                        is ClientOutcome.Applied { Reply: ClusterStatusReply reply })
                    {
                        status = reply;
                    }
                }
            },
            expected);
        return status!;
    }
}
