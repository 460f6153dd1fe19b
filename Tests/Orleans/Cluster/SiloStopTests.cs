using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.Orleans.Scenarios;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Cluster;

/// <summary>A silo ends whatever it was asked before.</summary>
public sealed class SiloStopTests
{
    [Fact(Timeout = 180_000)]
    public async Task Dispose_AskedForAClusterThatItNeverLearns_Ends()
    {
        SiloCluster cluster = await SiloCluster.StartAsync(1, new InMemoryLogStore());
        IGrainFactory grains = cluster.Running.Single().Services.GetRequiredService<IGrainFactory>();
        grains.GetGrain<IClusterGrain>(0).Definition().Ignore();
        IManagementGrain management = grains.GetGrain<IManagementGrain>(0);
        await Condition.HoldsAsync(
            async () => (await management.GetSimpleGrainStatistics()).Any(IsCluster), static () => "an activation that waits");

        // Fails after a minute if the silo does not.
        await cluster.DisposeAsync();
    }

    private static bool IsCluster(SimpleGrainStatistic grain) =>
        grain.ActivationCount > 0 && grain.GrainType.Contains("ClusterGrain", StringComparison.Ordinal);
}
