using OrleansShards.Client;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Stands for a request that cannot be carried out as it came; it still waits for its turn in its
/// lane.</summary>
/// <param name="refusal">What is answered.</param>
internal sealed class RefusedOperation(ErrorReply refusal) : Operation
{
    /// <summary>What is answered.</summary>
    internal ErrorReply Refusal => refusal;

    /// <inheritdoc/>
    internal override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
    {
        error = refusal;
        return null;
    }

    /// <inheritdoc/>
    internal override void WriteOk(Message reply, ref ReplyWriter writer) =>
        throw new InvalidOperationException("a refused request cannot end well");
}
