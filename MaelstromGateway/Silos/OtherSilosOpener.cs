using OrleansShards.ClusterClient;
using OrleansShards.Core.Masters;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Hosting;
using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>A cluster of silos that others have started: this process is their client.</summary>
/// <param name="options">Where they are, and what they are called.</param>
/// <param name="log">Where warnings go.</param>
internal sealed class OtherSilosOpener(GatewayOptions options, GatewayLog log)
{
    /// <summary>Connects, and makes sure that it is the cluster that <c>init</c> means.</summary>
    /// <exception cref="ClusterMismatchException">It is another one; the text has both.</exception>
    /// <exception cref="TimeoutException">No silo has answered in time; the text says what was tried.</exception>
    internal async Task<IRequestCarrier> OpenAsync(ClusterDefinition definition)
    {
        // What stands in the way is said before init's own deadline, which could only say that time is up.
        using CancellationTokenSource ending = new(options.Deadlines.Other * 0.9);
        SiloConnection connection = await SiloConnection.OpenAsync(options, log, ending.Token).ConfigureAwait(false);
        GrainClusterClient? client = null;
        try
        {
            await CompareAsync(connection, definition, ending.Token).ConfigureAwait(false);
            client = new GrainClusterClient(
                connection.Grains,
                definition,
                new GrainClusterClientOptions { Report = log.Error, Obstacle = connection.Obstacle });
            await Founding.FoundAsync(client, definition, options.Deadlines.Other / 2).ConfigureAwait(false);
            HostedClient cluster = new(client, () => connection.DisposeAsync().AsTask());
            return new LocalCarrier(cluster, definition, options.Deadlines);
        }
        catch
        {
            if (client is not null)
            {
                await client.DisposeAsync().ConfigureAwait(false);
            }

            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task CompareAsync(
        SiloConnection connection, ClusterDefinition wanted, CancellationToken cancellationToken)
    {
        ClusterDefinition found;
        try
        {
            found = await connection.Grains.GetGrain<IClusterGrain>(0).Definition()
                .WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{connection.Names} answers, but does not know what cluster it is part of yet");
        }

        if (!found.Equals(wanted))
        {
            throw new ClusterMismatchException(
                $"the cluster at {connection.Names} was started with {found}; init and --shards say {wanted}");
        }
    }
}
