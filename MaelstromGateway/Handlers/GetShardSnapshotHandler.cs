using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>get_shard_snapshot</c></summary>
internal sealed class GetShardSnapshotHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "get_shard_snapshot";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new GetShardSnapshotOperation(fields.Shard());

    private sealed class GetShardSnapshotOperation(ShardId shard) : ShardOperation(shard, new GetShardSnapshot())
    {
        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            var snapshot = (ShardSnapshotReply)reply;
            writer.Begin("get_shard_snapshot_ok"u8);
            WriteShard(ref writer);
            writer.Json.Name("snapshot"u8);
            writer.Json.WriteRaw(snapshot.Snapshot);
        }
    }
}
