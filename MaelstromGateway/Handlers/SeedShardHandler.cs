using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>seed_shard</c></summary>
internal sealed class SeedShardHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "seed_shard";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new SeedShardOperation(
        fields.Shard(), new SeedShard(fields.Object("data"u8), fields.OptionalObject("sessions"u8)));

    private sealed class SeedShardOperation(ShardId shard, SeedShard request) : ShardOperation(shard, request)
    {
        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            _ = (ShardDone)reply;
            writer.Begin("seed_shard_ok"u8);
        }
    }
}
