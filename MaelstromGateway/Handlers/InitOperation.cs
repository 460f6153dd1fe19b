using System.Collections.Immutable;
using OrleansShards.Client;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>What <c>init</c> asks. It makes the cluster, so it is carried out before there is one to ask.</summary>
/// <param name="nodeId">The name of the node that this process is started as.</param>
/// <param name="nodeIds">All names.</param>
internal sealed class InitOperation(string nodeId, ImmutableArray<string> nodeIds) : Operation
{
    /// <summary>The name of the node that this process is started as.</summary>
    internal string NodeId => nodeId;

    /// <summary>All names: the first is the primary master, the second its shadow, and each is a replica
    /// group.</summary>
    internal ImmutableArray<string> NodeIds => nodeIds;

    /// <inheritdoc/>
    internal override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error) =>
        throw new InvalidOperationException("init is not for a cluster to carry out");

    /// <inheritdoc/>
    internal override void WriteOk(Message reply, ref ReplyWriter writer) =>
        throw new InvalidOperationException("init is not for a cluster to answer");
}
