using OrleansShards.Client.Routing;
using IClusterClient = OrleansShards.Client.Routing.IClusterClient;

namespace OrleansShards.Client.Requests;

/// <summary>A request in flight. Whoever waits for it goes on in the pool: the router's thread answers the next one meanwhile.</summary>
internal sealed class PendingRequest(
    RequestTracker tracker, IClusterClient cluster, ClientRequest request, TimeSpan deadline, long startedAt)
    : TaskCompletionSource<ClientOutcome>(TaskCreationOptions.RunContinuationsAsynchronously), IOutcomeReceiver
{
    internal LinkedListNode<PendingRequest>? Place { get; set; }

    internal TimeSpan Deadline => deadline;

    internal long StartedAt => startedAt;

    /// <inheritdoc />
    public void Completed(ClientOutcome outcome)
    {
        if (tracker.Leave(this))
            TrySetResult(outcome);
    }

    internal void Send() => cluster.Post(Submit);

    /// <summary>Ends it without the router's word: what it may have had done, nobody knows.</summary>
    internal void Abandon(string why) => Completed(request.HasEffect
        ? new ClientOutcome.Unknown($"{why}: it took effect once, or never will")
        : new ClientOutcome.NotApplied(why, null));

    private void Submit() => cluster.Submit(request, deadline, this);
}
