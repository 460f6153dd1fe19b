using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>prepare_migration</c></summary>
internal sealed class PrepareMigrationHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "prepare_migration";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new PrepareMigrationOperation(
        fields.Shard(), new PrepareMigration(new GroupId(fields.Text("target_gid"u8))));

    private sealed class PrepareMigrationOperation(ShardId shard, PrepareMigration request)
        : ShardOperation(shard, request)
    {
        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            var snapshot = (ShardSnapshotReply)reply;
            writer.Begin("prepare_migration_ok"u8);
            WriteShard(ref writer);
            writer.Json.Name("target_gid"u8);
            writer.Json.WriteString(request.Target.Value);
            writer.Json.Name("snapshot"u8);
            writer.Json.WriteRaw(snapshot.Snapshot);
        }

        protected override ErrorReply? Check(NodeNames names) => names.CheckGroup("target_gid", request.Target.Value);
    }
}
