using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Io;
using OrleansShards.MaelstromGateway.Silos;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>Which cluster a process opens at <c>init</c>, by its options.</summary>
internal static class OpenCluster
{
    /// <summary>The way to open it. A silo that is a cluster of its own begins to start here.</summary>
    internal static ClusterOpener For(GatewayOptions options, GatewayLog log) =>
        options.Silos.Count > 0 ? new OtherSilosOpener(options, log).OpenAsync
        : options.Cluster is not null ? new ClusterSiloOpener(options, log).OpenAsync
        : new OwnSiloOpener(options, log).OpenAsync;
}
