using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;
using OrleansShards.Client.Routing;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Nodes;
using OrleansShards.Grains.Placement;
using OrleansShards.Grains.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.Recording;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Cluster;

/// <summary>A silo is ready if it serves itself, whatever the cluster's masters do.</summary>
public sealed class ClusterHealthTests
{
    [Fact]
    public async Task Check_AnOpenCluster_EverySiloIsReadyAndKnowsWhoLeads()
    {
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(2);

        foreach (InProcessSiloHandle silo in cluster.Silos.GetActiveSilos())
        {
            ClusterHealthReport report = await CheckAsync(silo);
            Assert.True(report.Ready, report.Reason);
            Assert.Equal(("n1", $"n1 leads in term {report.Term}"), (report.Primary?.Value, report.Masters));
        }
    }

    [Fact]
    public async Task Check_NoMasterLeads_EverySiloIsReadyAndServesWrites()
    {
        bool isArmed = false;
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(2, extend: silo => silo.AddIncomingGrainCallFilter(
            context => Volatile.Read(ref isArmed) && context.Grain is MasterRoleGrain
                ? Task.FromException(new InvalidOperationException("nobody is there"))
                : context.Invoke()));
        Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(1, 1));

        Volatile.Write(ref isArmed, true);

        Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(1, 2));
        foreach (InProcessSiloHandle silo in cluster.Silos.GetActiveSilos())
        {
            ClusterHealthReport report = await CheckAsync(silo);
            Assert.True(report.Ready, report.Reason);
            Assert.Equal(
                "no master leads: n1 does not answer: nobody is there; n2 does not answer: nobody is there", report.Masters);
        }
    }

    [Fact]
    public async Task Check_WritesFail_IsNotReadyAndSaysWhy()
    {
        FaultyLogStore store = new(new InMemoryLogStore());
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(1, store: store);

        store.Refuse(static _ => true);

        await UntilNotReadyAsync(cluster, "the store fails writes: ");
    }

    [Fact]
    public async Task Check_TheStoreDoesNotAnswer_IsNotReadyAndSaysSo()
    {
        FaultyLogStore store = new(new InMemoryLogStore());
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(1, store: store);

        CallGate gate = store.Hold(LogStoreCall.Probe);
        await UntilNotReadyAsync(cluster, "the store has not answered within 1000 ms");
        gate.Open();

        await Condition.HoldsAsync(
            async () => (await CheckAsync(cluster.Silos.GetActiveSilos().Single())).Ready, static () => "a silo that is ready again");
    }

    [Fact]
    public async Task Check_AGroupThatBelongsHereDoesNotAnswer_IsNotReadyAndSaysSo()
    {
        bool isArmed = false;
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(1, extend: silo => silo.AddOutgoingGrainCallFilter(
            context => Volatile.Read(ref isArmed) && context.InterfaceMethod.DeclaringType == typeof(IGroupGrain)
                ? Task.FromException(new InvalidOperationException("nobody is there"))
                : context.Invoke()));

        Volatile.Write(ref isArmed, true);

        await UntilNotReadyAsync(cluster, "group n2 does not answer: nobody is there");
    }

    [Fact]
    public async Task Check_TheSiloIsNoMember_IsNotReadyAndSaysSo()
    {
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(1);
        IServiceProvider services = cluster.Silos.GetActiveSilos().Single().ServiceProvider;
        ClusterHealth health = new(
            services.GetRequiredService<ClusterKeeper>(),
            services.GetRequiredService<ClusterIdentity>(),
            services.GetRequiredService<ILogStoreSource>(),
            services.GetRequiredService<StoreWatch>(),
            new OracleOfADeadSilo(),
            services.GetRequiredService<GroupPlacement>(),
            services.GetRequiredService<IGrainFactory>(),
            TimeProvider.System);

        ClusterHealthReport report = await health.CheckAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            (false, "the silo is not a member of its cluster: its status is Dead; expected Active"), (report.Ready, report.Reason));
    }

    private static Task<ClusterHealthReport> CheckAsync(InProcessSiloHandle silo) =>
        silo.ServiceProvider.GetRequiredService<IClusterHealth>().CheckAsync(TestContext.Current.CancellationToken);

    private static async Task UntilNotReadyAsync(OrleansCluster cluster, string reason)
    {
        ClusterHealthReport? report = null;
        await Condition.HoldsAsync(
            async () =>
            {
                report = await CheckAsync(cluster.Silos.GetActiveSilos().Single());
                return !report.Ready && report.Reason.Contains(reason, StringComparison.Ordinal);
            },
            () => $"not ready: {reason}; last: {report?.Reason}");
    }

    /// <summary>Knows nothing but that its silo is dead.</summary>
    private sealed class OracleOfADeadSilo : ISiloStatusOracle
    {
        public SiloStatus CurrentStatus => SiloStatus.Dead;
        public string SiloName => throw new NotSupportedException();
        public SiloAddress SiloAddress => throw new NotSupportedException();

        public SiloAddress[] GetActiveSilos() => [];
        public SiloStatus GetApproximateSiloStatus(SiloAddress siloAddress) => throw new NotSupportedException();
        public Dictionary<SiloAddress, SiloStatus> GetApproximateSiloStatuses(bool onlyActive = false) => throw new NotSupportedException();
        public bool TryGetSiloName(SiloAddress siloAddress, [NotNullWhen(true)] out string? siloName) => throw new NotSupportedException();
        public bool IsFunctionalDirectory(SiloAddress siloAddress) => false;
        public bool IsDeadSilo(SiloAddress silo) => throw new NotSupportedException();
        public bool SubscribeToSiloStatusEvents(ISiloStatusListener observer) => throw new NotSupportedException();
        public bool UnSubscribeFromSiloStatusEvents(ISiloStatusListener observer) => throw new NotSupportedException();
    }
}
