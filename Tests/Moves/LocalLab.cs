using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Hosting;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Moves;

/// <summary>A cluster on the in-process host: its nodes are those of every host, in a wrapping that breaks.</summary>
internal sealed class LocalLab : ILabCluster
{
    private static readonly NodeAddress Router = NodeAddress.OfClient("router");

    private readonly ClusterNodes _nodes = new(ILabCluster.Definition, TimeSpan.FromSeconds(10), new MoveLimits());
    private readonly Dictionary<NodeAddress, FragileNode> _running = [];
    private readonly NodeHost _host;
    private volatile int _lossPercent;

    private LocalLab(ILogStore store)
    {
        Store = new LabStore(store);
        _host = new NodeHost(Store, new NodeHostOptions
        {
            CreateNode = (address, run) => address == Router ? RouterFor(run) : Wrapped(address, run),
            RestartAfter = TimeSpan.FromMilliseconds(300),
        });
    }

    public LabStore Store { get; }

    public int LossPercent
    {
        set => _lossPercent = value;
    }

    /// <summary>Founds a cluster in an empty store.</summary>
    internal static async Task<LocalLab> StartAsync(ILogStore store)
    {
        LocalLab lab = new(store);
        lab._host.Post(() =>
        {
            foreach (MasterName master in ILabCluster.Definition.Masters)
            {
                lab._host.Start(NodeAddress.Of(master));
            }
        });
        ClientOutcome founded = await lab.AskAsync(
            new ClientRequest.OfPrimary(new FoundCluster(ILabCluster.Definition)), TimeSpan.FromSeconds(30));
        Assert.IsType<ClientOutcome.Applied>(founded);
        return lab;
    }

    /// <summary>Whether a message is lost. Drawn anew each time.</summary>
    internal bool IsLost() => _lossPercent > 0 && Random.Shared.Next(100) < _lossPercent;

    public Task<ClientOutcome> AskAsync(ClientRequest request, TimeSpan deadline)
    {
        Waiting waiting = new();
        _host.Post(() => _host.Submit(Router, request, deadline, waiting));
        return waiting.Outcome;
    }

    public Task CrashAsync(GroupId group) =>
        DoomAsync(node => node.Address.Kind != NodeKind.Master && node.Address.Name == group.Value);

    public Task CrashPrimaryAsync() => DoomAsync(static node => node.IsPrimary);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await Store.DisposeAsync();
    }

    private async Task DoomAsync(Predicate<FragileNode> victim)
    {
        TaskCompletionSource<int> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Post(() =>
        {
            FragileNode[] victims = [.. _running.Values.Where(node => victim(node))];
            Array.ForEach(victims, static node => node.IsDoomed = true);
            done.SetResult(victims.Length);
        });
        Assert.True(await done.Task > 0, "expected a run that could be ended; there was none");
    }

    private FragileNode? Wrapped(NodeAddress address, Incarnation run) =>
        _nodes.Create(address, run) is { } node ? _running[address] = new FragileNode(node, this) : null;

    private static RouterNode RouterFor(Incarnation run) => new(new RouterOptions
    {
        Name = Router.Name,
        Run = run,
        Masters = ILabCluster.Definition.Masters,
        Groups = ILabCluster.Definition.Groups,
        ShardCount = ILabCluster.Definition.ShardCount,
    });

    private sealed class Waiting : IOutcomeReceiver
    {
        private readonly TaskCompletionSource<ClientOutcome> _outcome =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<ClientOutcome> Outcome => _outcome.Task;

        public void Completed(ClientOutcome outcome) => _outcome.SetResult(outcome);
    }
}
