using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>migration_status</c></summary>
internal sealed class MigrationStatusHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "migration_status";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new MigrationStatusOperation(fields.Shard());

    private sealed class MigrationStatusOperation(ShardId shard) : Operation
    {
        internal override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
        {
            error = null;
            return new ClientRequest.OfPrimary(new QueryMove(shard));
        }

        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            writer.Begin("migration_status_ok"u8);
            MoveFields.WriteStatus((MoveStatus)reply, ref writer);
        }
    }
}
