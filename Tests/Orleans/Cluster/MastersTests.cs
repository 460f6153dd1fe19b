using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Nodes;
using OrleansShards.Grains.Placement;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.Recording;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Cluster;

/// <summary>The masters, as grains of several silos.</summary>
public sealed class MastersTests
{
    [Fact]
    public async Task Start_TwoSilos_PrimaryAndShadowAreApart()
    {
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(2);

        await OrleansCluster.UntilAsync(
            () => cluster.SilosOf(static seats => seats.All.Count == 1).Count == 2, "one master in each silo");
    }

    [Fact]
    public async Task Start_AnotherSiloComes_TheShadowGoesThere()
    {
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(1);
        await OrleansCluster.UntilAsync(
            () => cluster.SilosOf(static seats => seats.All.Count == 2).Count == 1, "both masters in the only silo");

        await cluster.StartSiloAsync();

        await OrleansCluster.UntilAsync(
            () => cluster.SilosOf(static seats => seats.All.Count == 1).Count == 2, "one master in each silo");
        InProcessSiloHandle first = await cluster.PrimarySiloAsync();
        Assert.Equal("n1", first.ServiceProvider.GetRequiredService<LocalMasters>().Primary?.Value);
    }

    // Seen while a database was down: who tells where a grain is did not answer, so the shadow left every second, and came back.
    [Fact]
    public async Task Start_AnotherSiloComesAndNobodyTellsWhereGrainsAre_TheShadowGoesThere()
    {
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(1, extend: static silo => silo.AddOutgoingGrainCallFilter(
            static call => call.MethodName == nameof(IManagementGrain.GetActivationAddress)
                ? Task.FromException(new TimeoutException("busy"))
                : call.Invoke()));
        await cluster.AskPrimaryAsync(new Switchover(new MasterName("n2")));

        await cluster.StartSiloAsync();

        await OrleansCluster.UntilAsync(
            () => cluster.SilosOf(static seats => seats.All.Count == 1).Count == 2, "one master in each silo");
    }

    [Fact]
    public async Task Follow_AReadFailsInAnUnforeseenWay_TheShadowFollowsOn()
    {
        FaultyLogStore store = new(new InMemoryLogStore());
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(1, store: store);
        LocalMasters masters = cluster.Silos.GetActiveSilos().Single().ServiceProvider.GetRequiredService<LocalMasters>();
        await OrleansCluster.UntilAsync(
            () => masters.All.Any(static one => one.Node is { Role: LogRole.Following, Applied.Index.Value: > 0 }), "a shadow");
        MasterNode shadow = masters.All.Single(static one => one.Node.Role == LogRole.Following).Node;

        store.NextFails(LogStoreCall.Read, new InvalidOperationException("nobody has foreseen this"));
        ulong later = shadow.Applied.Index.Value + 3;

        await OrleansCluster.UntilAsync(() => shadow.Applied.Index.Value >= later, $"record {later} in the shadow: a heartbeat a second");
    }

    [Fact]
    public async Task Place_AMasterWhoseNameASiloHas_ThereAndElsewhereWhileItIsDown()
    {
        ConcurrentQueue<string> names = new(["x", "n2", "n1", "n1"]);
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(3, extend: silo =>
        {
            Assert.True(names.TryDequeue(out string? name), "a fifth silo has no name");
            silo.Services.PostConfigure<SiloOptions>(options => options.SiloName = name);
        });
        MasterName master = new("n1");
        await OrleansCluster.UntilAsync(() => AreHome(cluster), "each master in the silo of its name");

        await cluster.KillAsync(cluster.SilosOf(seats => seats.IsHome(master)).Single());
        await cluster.AskPrimaryAsync(new QueryClusterStatus());
        await OrleansCluster.UntilAsync(
            () => cluster.SilosOf(seats => seats.All.Any(seat => seat.Name == master)).Count == 1, "n1 in another silo");

        await cluster.StartSiloAsync();
        await Condition.HoldsAsync(() => AreHome(cluster), () => $"n1 in the new silo of its name; {Seats(cluster)}");
    }

    // Seen in a run of three silos that started at once: the shadow's silo had an activation of the other master that nobody
    // reached, so the shadow left every second, and came back.
    [Fact]
    public async Task Keep_AMasterThatNobodyReachesHere_LeavesAndTheOtherStays()
    {
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(2);
        InProcessSiloHandle primary = await cluster.PrimarySiloAsync();
        await OrleansCluster.UntilAsync(
            () => cluster.SilosOf(static seats => seats.All.Count == 1).Count == 2, "one master in each silo");
        LocalMasters seats = cluster.Silos.GetActiveSilos().Single(silo => silo != primary)
            .ServiceProvider.GetRequiredService<LocalMasters>();
        LocalMasters.Entry shadow = Assert.Single(seats.All);
        var stray = (MasterNode)new NodeFactory(OrleansCluster.Definition, TimeSpan.FromSeconds(10), new MoveLimits(), new DataLimits())
            .Create(NodeAddress.Of(OrleansCluster.Definition.Masters[0]), Runs.Draw())!;

        seats.Add(stray, () => seats.Remove(stray));

        await OrleansCluster.UntilAsync(() => !seats.All.Any(seat => seat.Node == stray), "the one that nobody reaches leaves");
        Assert.Same(shadow, Assert.Single(seats.All));
    }

    [Fact]
    public async Task Stop_ThePrimarysSilo_HandsOverBeforeItLeaves()
    {
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(2);
        InProcessSiloHandle primary = await cluster.PrimarySiloAsync();
        await OrleansCluster.UntilAsync(
            () => cluster.SilosOf(static seats => seats.All.Count == 1).Count == 2, "one master in each silo");
        Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(1, 41));

        await cluster.StopAsync(primary);

        var status = (ClusterStatusReply)await cluster.AskPrimaryAsync(new QueryClusterStatus());
        Assert.Equal("n2", status.Masters.Single(static master => master.IsPrimary).Name.Value);
        Assert.Equal(TakeoverReason.Switchover, status.Takeovers[^1].Reason);
        Assert.Equal("41", OrleansCluster.Value(await cluster.ReadAsync(1)));
    }

    [Fact]
    public async Task Kill_ThePrimarysSilo_SomebodyLeadsAndNothingIsLost()
    {
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(3);
        for (int key = 0; key < 40; key++)
            Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(key, 100 + key));

        InProcessSiloHandle primary = await cluster.PrimarySiloAsync();
        Term before = await TermAsync(cluster);
        await cluster.KillAsync(primary);

        for (int key = 0; key < 40; key++)
            Assert.Equal($"{100 + key}", OrleansCluster.Value(await cluster.ReadAsync(key)));

        await Condition.HoldsAsync(
            async () => await TermAsync(cluster) > before, () => $"a term after {before}, which the killed silo's master led");
    }

    private static async Task<Term> TermAsync(OrleansCluster cluster)
    {
        var status = (ClusterStatusReply)await cluster.AskPrimaryAsync(new QueryClusterStatus());
        return status.Masters.Single(static master => master.IsPrimary).Term;
    }

    private static string Seats(OrleansCluster cluster) => string.Join("; ", cluster.Silos.GetActiveSilos().Select(static silo =>
    {
        LocalMasters seats = silo.ServiceProvider.GetRequiredService<LocalMasters>();
        string name = silo.ServiceProvider.GetRequiredService<ILocalSiloDetails>().Name;
        string here = string.Join(" and ", seats.All.Select(static seat => $"{seat.Name} ({seat.Node.Role})"));
        return $"{name} at {silo.SiloAddress} has {here}";
    }));

    private static bool AreHome(OrleansCluster cluster) =>
        cluster.SilosOf(static seats => seats.All is [var seat] && seats.IsHome(seat.Name)).Count == 2
        && cluster.SilosOf(static seats => seats.All.Count > 0).Count == 2;
}
