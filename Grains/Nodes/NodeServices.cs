using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Storage;

namespace OrleansShards.Grains.Nodes;

/// <summary>What the grains of a silo share.</summary>
/// <param name="identity">The cluster.</param>
/// <param name="stores">Where logs live.</param>
/// <param name="notices">What was published.</param>
/// <param name="ticker">Ticks their nodes.</param>
/// <param name="grains">Where grains are found.</param>
/// <param name="metrics">What the silo tells of itself.</param>
/// <param name="clock">The clock.</param>
/// <param name="options">How the silo takes part.</param>
/// <param name="loggers">Where alarms go.</param>
internal sealed class NodeServices(
    ClusterIdentity identity,
    ILogStoreSource stores,
    NotificationHub notices,
    NodeTicker ticker,
    IGrainFactory grains,
    ShardsMetrics metrics,
    TimeProvider clock,
    IOptions<OrleansShardsOptions> options,
    ILoggerFactory loggers)
{
    internal NotificationHub Notices => notices;

    internal NodeTicker Ticker => ticker;

    internal ShardsMetrics Metrics => metrics;

    internal TimeProvider Clock => clock;

    internal OrleansShardsOptions Options => options.Value;

    internal ILogger Logger { get; } = loggers.CreateLogger("OrleansShards.Nodes");

    /// <summary>What a node is made of and called through, once the cluster is known and its store open.</summary>
    internal async Task<(ClusterNodes Nodes, GrainCalls Calls, StoreRunner Store)> ReadyAsync(CancellationToken cancellationToken)
    {
        ClusterDefinition definition = await identity.Known.WaitAsync(cancellationToken).ConfigureAwait(false);
        var store = await stores.OpenAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        return (
            new ClusterNodes(definition, Options.DetectAfter, Options.Moves), new GrainCalls(grains, definition), new StoreRunner(store));
    }
}
