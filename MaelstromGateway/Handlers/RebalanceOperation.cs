using OrleansShards.Client;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>
/// What changes which group is to have which shard: decided by the primary, carried out by moves on their own. With
/// <c>plan</c> it is only said what would be moved.
/// </summary>
/// <param name="request">What the primary is asked.</param>
internal abstract class RebalanceOperation(Message request) : Operation
{
    /// <summary>The type of the ok-reply.</summary>
    protected abstract ReadOnlySpan<byte> OkType { get; }

    /// <inheritdoc/>
    internal sealed override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
    {
        error = Check(names);
        return error is null ? new ClientRequest.OfPrimary(request) : null;
    }

    /// <inheritdoc/>
    internal sealed override void WriteOk(Message reply, ref ReplyWriter writer)
    {
        writer.Begin(OkType);
        if (reply is MovePlan plan)
        {
            MoveFields.WritePlan(plan, ref writer);
            return;
        }

        writer.Json.Name("epoch"u8);
        writer.Json.WriteNumber((long)((Rebalanced)reply).Epoch.Value);
    }

    /// <summary>The error for a group that does not exist; null where all do.</summary>
    protected abstract ErrorReply? Check(NodeNames names);
}
