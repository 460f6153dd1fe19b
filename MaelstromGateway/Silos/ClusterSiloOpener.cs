using OrleansShards.Grains.Hosting;
using OrleansShards.MaelstromGateway.Io;
using GatewayOptions = OrleansShards.MaelstromGateway.Cli.GatewayOptions;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// A cluster of the gateways that have its name, each a silo of it on the loopback address. The silo is called as its
/// node, carries the group of that name, and has the master of that name, if there is one.
/// </summary>
/// <param name="options">The cluster's name, and what its nodes are told.</param>
/// <param name="log">Where warnings go.</param>
internal sealed class ClusterSiloOpener(GatewayOptions options, GatewayLog log)
{
    /// <summary>Starts the silo, and founds the cluster where it is the first.</summary>
    /// <exception cref="ClusterMismatchException">It was founded with something else; the text has both.</exception>
    /// <exception cref="TimeoutException">No master has answered.</exception>
    internal async Task<IClusterClient> OpenAsync(
        ClusterDefinition definition, string self, CancellationToken cancellationToken)
    {
        ClusterPlace place = ClusterPlace.Open(options.Cluster!, options.DataDirectory);
        ClusterSilo silo = new(options, log, place, definition, self);
        IAsyncDisposable opened = silo;
        try
        {
            await silo.StartAsync(cancellationToken).ConfigureAwait(false);
            GrainClusterClient client = new(
                silo.Grains,
                definition,
                new GrainClusterClientOptions { Report = log.Error, End = () => silo.DisposeAsync().AsTask() });
            opened = client;
            await Founding.FoundAsync(client, definition, options.InitLimit).WaitAsync(cancellationToken).ConfigureAwait(false);
            silo.KeepRunning(client);
            return client;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
