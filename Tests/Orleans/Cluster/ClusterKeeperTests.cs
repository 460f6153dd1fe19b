using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;

namespace OrleansShards.Tests.Orleans.Cluster;

/// <summary>What goes wrong in one attempt or one round of a silo's keeper does not end it.</summary>
public sealed class ClusterKeeperTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Open_ACancellationThatIsNotTheSilos_IsTriedAgain()
    {
        int refused = 0;
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(1, extend: silo => Before(silo, call =>
        {
            if (call.Name == nameof(IMasterRole.Create) && Interlocked.Increment(ref refused) <= 2)
                throw new OperationCanceledException("somebody else's");
        }));

        Assert.True(KeeperOf(cluster).Opened.IsCompletedSuccessfully);
        Assert.True(refused > 2, $"{refused} calls of Create; expected two that were cancelled, and another");
    }

    [Fact]
    public async Task Open_LongerThanTheLimit_IsTriedUntilItSucceeds()
    {
        int attempts = 0;
        bool isReachable = false;
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(
            1,
            (_, options) =>
            {
                // The cluster is named later, so that the silo's start does not wait for it.
                options.Nodes.Clear();
                options.OpenLimit = TimeSpan.FromMilliseconds(100);
            },
            extend: silo => Before(silo, call =>
            {
                if (call.Name == nameof(IMasterRole.Create) && Interlocked.Increment(ref attempts) > 0 && !Volatile.Read(ref isReachable))
                    throw new InvalidOperationException("not yet");
            }));
        ClusterKeeper keeper = KeeperOf(cluster);
        ServicesOf(cluster).GetRequiredService<ClusterIdentity>().Set(OrleansCluster.Definition);

        await OrleansCluster.UntilAsync(() => Volatile.Read(ref attempts) >= 6, "attempts that go on behind the limit");
        Assert.False(keeper.Opened.IsCompleted);
        Assert.Contains("not yet", keeper.Obstacle, StringComparison.Ordinal);
        Volatile.Write(ref isReachable, true);

        await keeper.Opened.WaitAsync(Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Keep_ACancellationThatIsNotTheSilos_TheNextRoundComes()
    {
        int cancelled = 0;
        int pings = 0;
        bool isArmed = false;
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(2, extend: silo =>
        {
            int ofSilo = 0;
            Before(silo, call =>
            {
                // Orleans' probes of silos are Pings, too.
                if (call.Name == nameof(IGroupGrain.Ping) && call.DeclaringType == typeof(IGroupGrain) && Volatile.Read(ref ofSilo) > 0)
                    Interlocked.Increment(ref pings);

                if (call.Name == nameof(IMasterRole.Silo) && Volatile.Read(ref isArmed) && Interlocked.Increment(ref ofSilo) == 1)
                {
                    Interlocked.Increment(ref cancelled);
                    throw new OperationCanceledException("somebody else's");
                }
            });
        });
        await OrleansCluster.UntilAsync(
            () => cluster.SilosOf(static seats => seats.All.Count == 1).Count == 2, "one master in each silo");
        Volatile.Write(ref isArmed, true);
        await OrleansCluster.UntilAsync(() => Volatile.Read(ref cancelled) == 2, "a cancelled round in each silo");

        int roundsLater = Volatile.Read(ref pings) + (3 * 2 * OrleansCluster.Definition.Groups.Length);
        await OrleansCluster.UntilAsync(() => Volatile.Read(ref pings) >= roundsLater, "rounds after the cancelled ones");
    }

    private static ClusterKeeper KeeperOf(OrleansCluster cluster) => ServicesOf(cluster).GetRequiredService<ClusterKeeper>();

    private static IServiceProvider ServicesOf(OrleansCluster cluster) => cluster.Silos.GetActiveSilos().First().ServiceProvider;

    private static void Before(ISiloBuilder silo, Action<MethodInfo> call) => silo.AddOutgoingGrainCallFilter(context =>
    {
        call(context.InterfaceMethod);
        return context.Invoke();
    });
}
