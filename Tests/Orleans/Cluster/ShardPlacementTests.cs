using Orleans.Runtime;
using Orleans.TestingHost;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Tests.Orleans.Cluster;

/// <summary>Where a group's shards live.</summary>
public sealed class ShardPlacementTests
{
    [Fact]
    public async Task Place_AGroupThatASiloNames_ThereAndElsewhereWhileItIsDown()
    {
        int started = 0;
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(3, (_, options) =>
        {
            if (Interlocked.Increment(ref started) == 3)
                options.Groups.Add("n2");
        });
        await ActivateAsync(cluster);
        InProcessSiloHandle home = await OnlySiloAsync(cluster);

        await cluster.StopAsync(home);
        await ActivateAsync(cluster);

        Assert.DoesNotContain(home.SiloAddress, await SilosAsync(cluster));
    }

    private static async Task<InProcessSiloHandle> OnlySiloAsync(OrleansCluster cluster)
    {
        SiloAddress only = Assert.Single((await SilosAsync(cluster)).Distinct());
        return cluster.Silos.GetActiveSilos().Single(silo => silo.SiloAddress.Equals(only));
    }

    /// <summary>Has every shard of group n2 activated.</summary>
    private static async Task ActivateAsync(OrleansCluster cluster)
    {
        for (int shard = 0; shard < OrleansCluster.Definition.ShardCount; shard++)
        {
            Assert.IsType<ClientOutcome.Applied>(await cluster.AskAsync(
                new ClientRequest.OfShard(new GroupId("n2"), new ShardId(shard), new QueryAvailability())));
        }
    }

    private static async Task<IReadOnlyList<SiloAddress>> SilosAsync(OrleansCluster cluster)
    {
        GrainCalls calls = new(cluster.Silos.Client, OrleansCluster.Definition);
        IManagementGrain management = cluster.Silos.Client.GetGrain<IManagementGrain>(0);
        List<SiloAddress> silos = [];
        for (int shard = 0; shard < OrleansCluster.Definition.ShardCount; shard++)
        {
            IShardGrain grain = calls.Shard(new GroupId("n2"), new ShardId(shard));
            silos.Add(await management.GetActivationAddress(grain)
                ?? throw new InvalidOperationException($"shard {shard} of n2 is not active"));
        }

        return silos;
    }
}
