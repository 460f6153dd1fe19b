using OrleansShards.Client;
using OrleansShards.Core.Masters;
using OrleansShards.Hosting;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;
using OrleansShards.MaelstromGateway.Handlers;

namespace OrleansShards.MaelstromGateway.Carriers;

/// <summary>
/// Carries requests to a cluster, and replies back. It brings the loop, the one thread on which the gateway's state lives
/// once there is a cluster.
/// </summary>
/// <param name="cluster">The cluster; disposed with the carrier.</param>
/// <param name="definition">What it was founded with.</param>
/// <param name="deadlines">How long requests may take.</param>
internal sealed class RequestCarrier(IClusterClient cluster, ClusterDefinition definition, Deadlines deadlines)
    : IAsyncDisposable
{
    private readonly NodeNames _names = new(definition);

    /// <inheritdoc cref="IClusterClient.Post"/>
    public void Post(Action turn) => cluster.Post(turn);

    /// <summary>
    /// Carries a request. On the loop's thread. Answers the reply where that is known at once; else null, and
    /// <paramref name="receiver"/> gets it exactly once, on the loop's thread, after this method has returned, and by
    /// the deadline.
    /// </summary>
    public IReply? Carry(GatewayRequest request, IReplyReceiver receiver)
    {
        string destination = request.Destination.Value;
        if (!_names.IsNode(destination))
        {
            return _names.NoDestination(destination);
        }

        Operation operation = request.Operation;
        if (operation.Start(_names, destination, out ErrorReply? error) is not { } asked)
        {
            return error;
        }

        cluster.Submit(asked, operation.Limit(deadlines), new Call(request, receiver));
        return null;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    /// <summary>A request under way, and then its reply: one object for both, as there are many.</summary>
    private sealed class Call(GatewayRequest request, IReplyReceiver receiver) : IOutcomeReceiver, IReply
    {
        private ClientOutcome? _outcome;

        public void Completed(ClientOutcome outcome)
        {
            _outcome = outcome;
            receiver.Replied(request, (IReply?)ErrorTable.Find(outcome) ?? this);
        }

        public void Write(ref ReplyWriter writer) =>
            request.Operation.WriteOk(((ClientOutcome.Applied)_outcome!).Reply, ref writer);
    }
}
