using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Io;
using IClusterClient = OrleansShards.Client.Routing.IClusterClient;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>A cluster of silos that others have started: this process is their client.</summary>
/// <param name="options">Where they are, and what they are called.</param>
/// <param name="log">Where warnings go.</param>
internal sealed class OtherSilosOpener(GatewayOptions options, GatewayLog log)
{
    /// <summary>Connects, and makes sure that it is the cluster that <c>init</c> means.</summary>
    /// <exception cref="ClusterMismatchException">It is another one; the text has both.</exception>
    /// <exception cref="TimeoutException">No silo has answered in time; the text says what was tried.</exception>
    internal async Task<IClusterClient> OpenAsync(
        ClusterDefinition definition, string self, CancellationToken cancellationToken)
    {
        // Each attempt ends well before init is answered in any case, so that requests are refused with what is wrong.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ending.CancelAfter(options.InitLimit / 2);
        SiloConnection connection = await SiloConnection.OpenAsync(options, log, ending.Token).ConfigureAwait(false);
        IAsyncDisposable opened = connection;
        try
        {
            await CompareAsync(connection, definition, ending.Token).ConfigureAwait(false);
            GrainClusterClient client = new(
                connection.Grains,
                definition,
                new GrainClusterClientOptions
                {
                    Report = log.Error,
                    Obstacle = connection.Obstacle,
                    End = () => connection.DisposeAsync().AsTask(),
                });
            opened = client;
            await Founding.FoundAsync(client, definition, options.InitLimit / 2).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
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
