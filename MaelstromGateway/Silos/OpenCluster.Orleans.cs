using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Io;
using OrleansShards.MaelstromGateway.Silos;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>What a build with Orleans can open besides.</summary>
internal static partial class OpenCluster
{
    static partial void FindOrleans(ref bool has) => has = true;

    static partial void UseOrleans(GatewayOptions options, GatewayLog log, ref ClusterOpener? open) =>
        open = options.Host == HostKind.OtherSilos
            ? new OtherSilosOpener(options, log).OpenAsync
            : new OwnSiloOpener(options, log).OpenAsync;
}
