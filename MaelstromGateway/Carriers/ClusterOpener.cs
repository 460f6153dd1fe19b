using OrleansShards.Client.Routing;
using OrleansShards.Core.Masters;
using OrleansShards.Grains.Hosting;

namespace OrleansShards.MaelstromGateway.Carriers;

/// <summary>Opens the cluster that an <c>init</c> describes. One call after another; each begins anew.</summary>
/// <param name="definition">The cluster: its masters and groups are the <c>node_ids</c>.</param>
/// <param name="self">Which of its nodes this process is: the <c>node_id</c>.</param>
/// <param name="cancellationToken">Ends the attempt.</param>
/// <returns>The way to the cluster, which has a primary.</returns>
/// <exception cref="ClusterMismatchException">It was started with another definition; the text has both.</exception>
/// <exception cref="TimeoutException">It does not answer, and may yet; the text says what was tried.</exception>
/// <exception cref="Exception">Anything else: it cannot be opened, and the text says what to do about that.</exception>
internal delegate Task<IClusterClient> ClusterOpener(
    ClusterDefinition definition, string self, CancellationToken cancellationToken);
