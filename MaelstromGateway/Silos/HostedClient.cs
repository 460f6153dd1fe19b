using OrleansShards.Client;
using OrleansShards.Hosting;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>A way to a cluster, and what it needs in this process: both end together.</summary>
/// <param name="cluster">The way.</param>
/// <param name="stop">Ends the rest, after it.</param>
internal sealed class HostedClient(IClusterClient cluster, Func<Task> stop) : IClusterClient
{
    /// <inheritdoc/>
    public void Post(Action turn) => cluster.Post(turn);

    /// <inheritdoc/>
    public void Submit(ClientRequest request, TimeSpan deadline, IOutcomeReceiver receiver) =>
        cluster.Submit(request, deadline, receiver);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync().ConfigureAwait(false);
        await stop().ConfigureAwait(false);
    }
}
