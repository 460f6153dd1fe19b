using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>confirm_received</c></summary>
internal sealed class ConfirmReceivedHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "confirm_received";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new ConfirmReceivedOperation(fields.Shard());

    private sealed class ConfirmReceivedOperation(ShardId shard) : ShardOperation(shard, new ConfirmReceived())
    {
        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            _ = (ShardDone)reply;
            writer.Begin("confirm_received_ok"u8);
            WriteShard(ref writer);
        }
    }
}
