using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>Which cluster a process opens at <c>init</c>, by its options.</summary>
internal static class OpenCluster
{
    /// <summary>The way to open it.</summary>
    internal static ClusterOpener For(GatewayOptions options, GatewayLog log) =>
        _ => throw new NotSupportedException("no host yet");
}
