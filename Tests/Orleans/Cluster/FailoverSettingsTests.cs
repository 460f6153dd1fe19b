using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.TestingHost;
using OrleansShards.Client.Routing;
using OrleansShards.Grains.Hosting;

namespace OrleansShards.Tests.Orleans.Cluster;

/// <summary>What Orleans has since 10.3 and may hold a failover up.</summary>
public sealed class FailoverSettingsTests
{
    [Fact]
    public void Build_ASilo_HasLivenessByConnectionsAndNoLeasesOfRanges()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(static silo => silo.UseLocalhostClustering().DetectDeadSilosAfter(TimeSpan.FromSeconds(1)).AddOrleansShards());
        using IHost host = builder.Build();

        ClusterMembershipOptions membership = host.Services.GetRequiredService<IOptions<ClusterMembershipOptions>>().Value;
        Assert.True(membership.EnableConnectionLivenessCheck, "probes alone have declared silos dead after a quarter of the stated time");
        Assert.Equal(TimeSpan.Zero, host.Services.GetRequiredService<IOptions<GrainDirectoryOptions>>().Value.RangeLeaseDuration);
    }

    /// <summary>With the directory that has leases, which an application may add.</summary>
    [Fact(Timeout = 180_000)]
    public async Task Kill_OfASilo_ItsShardsAreServedByTheOthers()
    {
#pragma warning disable ORLEANSEXP003 // Experimental; it is what the test is about.
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(3, extend: static silo => silo.AddDistributedGrainDirectory());
#pragma warning restore ORLEANSEXP003
        InProcessSiloHandle killed = await cluster.PrimarySiloAsync();
        Assert.All(cluster.Silos.GetActiveSilos(), static silo => Assert.Equal(
            TimeSpan.Zero, silo.ServiceProvider.GetRequiredService<IOptions<GrainDirectoryOptions>>().Value.RangeLeaseDuration));
        for (int key = 0; key < 32; key++)
            Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(key, key));

        await cluster.KillAsync(killed);

        for (int key = 0; key < 32; key++)
            await ServedAsync(cluster, key);
    }

    private static async Task ServedAsync(OrleansCluster cluster, int key)
    {
        while (await cluster.ReadAsync(key) is not ClientOutcome.Applied)
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();

        Assert.Equal($"{key}", OrleansCluster.Value(await cluster.ReadAsync(key)));
    }
}
