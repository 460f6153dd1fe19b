using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>receive_shard</c></summary>
internal sealed class ReceiveShardHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "receive_shard";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields)
    {
        ShardId shard = fields.Shard();
        JsonText snapshot = fields.Object("snapshot"u8);
        string? source = fields.OptionalText("source_gid"u8);
        GroupId? group = source is null ? null : new GroupId(source);
        return new ReceiveShardOperation(shard, new ReceiveShard(snapshot, group));
    }

    private sealed class ReceiveShardOperation(ShardId shard, ReceiveShard request) : ShardOperation(shard, request)
    {
        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            _ = (ShardDone)reply;
            writer.Begin("receive_shard_ok"u8);
            WriteShard(ref writer);
        }

        protected override ErrorReply? Check(NodeNames names) => names.CheckGroup("source_gid", request.Source?.Value);
    }
}
