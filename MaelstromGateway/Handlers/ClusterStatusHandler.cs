using OrleansShards.Client;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>cluster_status</c></summary>
internal sealed class ClusterStatusHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "cluster_status";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new ClusterStatusOperation(fields.ShardCount);

    private sealed class ClusterStatusOperation(int shardCount) : Operation
    {
        internal override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
        {
            error = null;
            return new ClientRequest.OfPrimary(new QueryClusterStatus());
        }

        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            writer.Begin("cluster_status_ok"u8);
            ClusterStatusFields.Write((ClusterStatusReply)reply, shardCount, ref writer);
        }
    }
}
