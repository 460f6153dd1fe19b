using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Storage;

namespace OrleansShards.Hosting;

/// <summary>
/// A whole cluster in this process, on one thread: its masters, its groups, their copies of shards as they are first
/// called, and one router. Starts in a blink; as durable as the store that it is given.
/// </summary>
public sealed class InProcessCluster : IClusterClient
{
    private static readonly NodeAddress Router = NodeAddress.OfClient("router");

    private readonly InProcessClusterOptions _options;
    private readonly ILogStore _store;
    private readonly ClusterNodes _nodes;
    private readonly NodeHost _host;

    private InProcessCluster(ILogStore store, InProcessClusterOptions options)
    {
        _options = options;
        _store = store;
        _nodes = new ClusterNodes(options.Definition, options.DetectAfter, options.Moves);
        _host = new NodeHost(store, new NodeHostOptions
        {
            CreateNode = Create,
            Clock = options.Clock,
            Report = options.Report,
        });
    }

    /// <summary>
    /// Opens the cluster that lives in a store: founds it where the store is empty, else makes sure that it was founded
    /// with the same definition. When this returns it has a primary.
    /// </summary>
    /// <param name="store">The store; the cluster's from now on, and disposed with it.</param>
    /// <param name="options">What it needs.</param>
    /// <exception cref="ClusterMismatchException">
    /// The store holds a cluster of another definition; nothing was changed.
    /// </exception>
    /// <exception cref="LogStoreException">
    /// The cluster could not be opened in time; the text says what stood in the way.
    /// </exception>
    public static async Task<InProcessCluster> OpenAsync(ILogStore store, InProcessClusterOptions options)
    {
        InProcessCluster cluster = new(store, options);
        try
        {
            await cluster.FoundAsync().ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc />
    public void Post(Action turn) => _host.Post(turn);

    /// <inheritdoc />
    public void Submit(ClientRequest request, TimeSpan deadline, IOutcomeReceiver receiver) =>
        _host.Submit(Router, request, deadline, receiver);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync().ConfigureAwait(false);
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    private async Task FoundAsync()
    {
        Opening opening = new();
        _host.Post(() =>
        {
            foreach (MasterName master in _options.Definition.Masters)
            {
                _host.Start(NodeAddress.Of(master));
            }

            foreach (GroupId group in _options.Definition.Groups)
            {
                _host.Start(NodeAddress.Of(group));
            }

            Submit(new ClientRequest.OfPrimary(new FoundCluster(_options.Definition)), _options.OpenLimit, opening);
        });
        switch (await opening.Outcome.ConfigureAwait(false))
        {
            case ClientOutcome.Applied:
                return;
            case ClientOutcome.Rejected { Reply: MasterRefusal refusal }:
                throw new ClusterMismatchException(refusal.Text);
            case ClientOutcome.NotApplied failed:
                throw new LogStoreException($"the cluster could not be opened: {failed.Text}");
            case ClientOutcome outcome:
                throw new LogStoreException($"the cluster could not be opened: {outcome}");
        }
    }

    private INode? Create(NodeAddress address, Incarnation run) =>
        address == Router ? RouterFor(run) : _nodes.Create(address, run);

    private RouterNode RouterFor(Incarnation run) => new(new RouterOptions
    {
        Name = Router.Name,
        Run = run,
        Masters = _options.Definition.Masters,
        Groups = _options.Definition.Groups,
        ShardCount = _options.Definition.ShardCount,
    });

    /// <summary>Waits for the founding.</summary>
    private sealed class Opening : IOutcomeReceiver
    {
        private readonly TaskCompletionSource<ClientOutcome> _outcome =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<ClientOutcome> Outcome => _outcome.Task;

        public void Completed(ClientOutcome outcome) => _outcome.SetResult(outcome);
    }
}
