using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>is_shard_available</c></summary>
internal sealed class IsShardAvailableHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "is_shard_available";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new IsShardAvailableOperation(fields.Shard());

    private sealed class IsShardAvailableOperation(ShardId shard) : ShardOperation(shard, new QueryAvailability())
    {
        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            var availability = (ShardAvailability)reply;
            writer.Begin("is_shard_available_ok"u8);
            WriteShard(ref writer);
            writer.Json.Name("available"u8);
            writer.Json.WriteBoolean(availability.Available);
        }
    }
}
