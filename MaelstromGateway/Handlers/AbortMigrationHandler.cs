using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>abort_migration</c></summary>
internal sealed class AbortMigrationHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "abort_migration";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new AbortMigrationOperation(fields.Shard());

    private sealed class AbortMigrationOperation(ShardId shard) : ShardOperation(shard, new AbortMigration())
    {
        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            _ = (ShardDone)reply;
            writer.Begin("abort_migration_ok"u8);
            WriteShard(ref writer);
        }
    }
}
