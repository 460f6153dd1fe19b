using OrleansShards.Core.Masters;
using OrleansShards.Hosting;
using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Clustering;
using OrleansShards.MaelstromGateway.Io;
using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>Which cluster a process opens at <c>init</c>, by its options.</summary>
internal static partial class OpenCluster
{
    /// <summary>Whether this build has Orleans: <c>Silos/</c> is part of it then.</summary>
    internal static bool HasOrleans
    {
        get
        {
            bool has = false;
            FindOrleans(ref has);
            return has;
        }
    }

    /// <summary>The way to open it. A silo of this process's own begins to start here.</summary>
    internal static ClusterOpener For(GatewayOptions options, GatewayLog log)
    {
        ClusterOpener? open = null;
        if (options.Host != HostKind.InProcess)
        {
            UseOrleans(options, log, ref open);
        }

        return open ?? (definition => OpenAsync(definition, options, log));
    }

    static partial void FindOrleans(ref bool has);

    static partial void UseOrleans(GatewayOptions options, GatewayLog log, ref ClusterOpener? open);

    private static async Task<IRequestCarrier> OpenAsync(
        ClusterDefinition definition, GatewayOptions options, GatewayLog log)
    {
        if (options.Cluster is { } name)
        {
            ClusterPlace place = ClusterPlace.For(name, options.DataDirectory);
            return await ClusterCarrier.OpenAsync(place, definition, options, log).ConfigureAwait(false);
        }

        ILogStore store = options.DataDirectory is { } directory
            ? await SqliteLogStore.OpenAsync(new SqliteLogStoreOptions { Directory = directory }).ConfigureAwait(false)
            : new InMemoryLogStore();
        InProcessCluster cluster = await InProcessCluster.OpenAsync(store, new InProcessClusterOptions
        {
            Definition = definition,
            DetectAfter = options.FailoverAfter,
            Moves = options.Moves,
            Report = log.Error,
        }).ConfigureAwait(false);
        return new LocalCarrier(cluster, definition, options.Deadlines);
    }
}
