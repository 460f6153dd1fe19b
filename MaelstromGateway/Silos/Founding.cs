using OrleansShards.Grains.Hosting;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>Makes sure that a cluster is founded with what <c>init</c> says, and has a primary.</summary>
internal sealed class Founding : IOutcomeReceiver
{
    private readonly TaskCompletionSource<ClientOutcome> _outcome =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Asks whichever master answers.</summary>
    /// <exception cref="ClusterMismatchException">It is founded with something else; the text has both.</exception>
    /// <exception cref="TimeoutException">Nobody has answered.</exception>
    internal static async Task FoundAsync(IClusterClient cluster, ClusterDefinition definition, TimeSpan limit)
    {
        Founding founding = new();
        ClientRequest request = new ClientRequest.OfPrimary(new FoundCluster(definition));
        cluster.Post(() => cluster.Submit(request, limit, founding));
        switch (await founding._outcome.Task.ConfigureAwait(false))
        {
            case ClientOutcome.Applied:
                return;
            case ClientOutcome.Rejected { Reply: MasterRefusal refusal }:
                throw new ClusterMismatchException(refusal.Text);
            case ClientOutcome.NotApplied failed:
                throw new TimeoutException(failed.Text);
            case ClientOutcome.Unknown failed:
                throw new TimeoutException(failed.Text);
            case ClientOutcome outcome:
                throw new TimeoutException($"the masters answer {outcome}");
        }
    }

    /// <inheritdoc/>
    public void Completed(ClientOutcome outcome) => _outcome.SetResult(outcome);
}
