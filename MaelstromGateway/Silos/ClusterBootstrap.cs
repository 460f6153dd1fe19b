using OrleansShards.Grains.Hosting;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>Makes sure that a cluster has been created with the definition in <c>init</c>, and has a primary.</summary>
internal sealed class ClusterBootstrap()
    : TaskCompletionSource<ClientOutcome>(TaskCreationOptions.RunContinuationsAsynchronously), IOutcomeReceiver
{
    /// <summary>Creates the cluster if it does not exist yet.</summary>
    /// <exception cref="ClusterMismatchException">It was created with another definition; the text has both.</exception>
    /// <exception cref="TimeoutException">No master has answered.</exception>
    internal static async Task RunAsync(IClusterClient cluster, ClusterDefinition definition, TimeSpan limit)
    {
        ClusterBootstrap bootstrap = new();
        ClientRequest request = new ClientRequest.OfPrimary(new CreateCluster(definition));
        cluster.Post(() => cluster.Submit(request, limit, bootstrap));
        Exception? failure = await bootstrap.Task.ConfigureAwait(false) switch
        {
            ClientOutcome.Applied => null,
            ClientOutcome.Rejected { Reply: MasterRefusal refusal } => new ClusterMismatchException(refusal.Text),
            ClientOutcome.NotApplied failed => new TimeoutException(failed.Text),
            ClientOutcome.Unknown failed => new TimeoutException(failed.Text),
            ClientOutcome outcome => new TimeoutException($"the masters answer with {outcome.GetType().Name}"),
        };
        if (failure is not null)
            throw failure;
    }

    public void Completed(ClientOutcome outcome) => SetResult(outcome);
}
