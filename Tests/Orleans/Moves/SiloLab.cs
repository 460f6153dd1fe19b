using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.TestingHost;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Grains.Hosting;
using OrleansShards.Storage;
using OrleansShards.Tests.Moves;
using OrleansShards.Tests.Orleans.Cluster;

namespace OrleansShards.Tests.Orleans.Moves;

/// <summary>A cluster of two silos: n1 and n3 live in one, n2 in the other, and all in one where the other is down.</summary>
internal sealed class SiloLab : ILabCluster
{
    private readonly ConcurrentQueue<string[]> _vacant = new([["n1", "n3"], ["n2"]]);
    private readonly LossyCalls _calls = new();
    private OrleansCluster? _cluster;

    private SiloLab(ILogStore store) => Store = new LabStore(store);

    public LabStore Store { get; }

    public int LossPercent
    {
        set => _calls.LossPercent = value;
    }

    /// <summary>Starts silos over an empty store.</summary>
    internal static async Task<SiloLab> StartAsync(ILogStore store)
    {
        Assert.Equal(ILabCluster.Definition.Groups, OrleansCluster.Definition.Groups);
        Assert.Equal(ILabCluster.Definition.ShardCount, OrleansCluster.Definition.ShardCount);
        SiloLab lab = new(store);
        lab._cluster = await OrleansCluster.StartAsync(
            2, lab.Configure, lab.Store, silo => silo.AddIncomingGrainCallFilter(lab._calls));
        await lab._cluster.AskPrimaryAsync(new QueryClusterStatus());
        return lab;
    }

    public Task<ClientOutcome> AskAsync(ClientRequest request, TimeSpan deadline) => _cluster!.AskAsync(request, deadline);

    public Task CrashAsync(GroupId group) => ReplaceAsync(_cluster!.Silos.GetActiveSilos().Single(
        silo => GroupsOf(silo).Contains(group.Value)));

    public async Task CrashPrimaryAsync() => await ReplaceAsync(await _cluster!.PrimarySiloAsync());

    public async ValueTask DisposeAsync() => await _cluster!.DisposeAsync();

    /// <summary>Kills a silo, and starts another one that its groups live in.</summary>
    private async Task ReplaceAsync(InProcessSiloHandle silo)
    {
        _vacant.Enqueue([.. GroupsOf(silo)]);
        await _cluster!.KillAsync(silo);
        await _cluster.StartSiloAsync();
    }

    private static IList<string> GroupsOf(InProcessSiloHandle silo) =>
        silo.ServiceProvider.GetRequiredService<IOptions<OrleansShardsOptions>>().Value.Groups;

    // Called once a silo.
    private void Configure(string silo, OrleansShardsOptions options)
    {
        Assert.True(_vacant.TryDequeue(out string[]? groups), $"no groups are left for silo {silo}");
        Array.ForEach(groups, options.Groups.Add);
    }
}
