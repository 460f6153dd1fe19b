using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Something asked of the copy of a shard that the group has to which the request is addressed.</summary>
/// <param name="shard">The shard.</param>
/// <param name="request">What is asked.</param>
internal abstract class ShardOperation(ShardId shard, Message request) : Operation
{
    /// <summary>The shard.</summary>
    protected ShardId Shard { get; } = shard;

    /// <inheritdoc/>
    internal sealed override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
    {
        error = Check(names);
        return error is null ? new ClientRequest.OfShard(new GroupId(destination), Shard, request) : null;
    }

    /// <summary>The error for a group that the request names and that does not exist; null where all is well.</summary>
    protected virtual ErrorReply? Check(NodeNames names) => null;

    /// <summary>Writes the field that most replies have.</summary>
    protected void WriteShard(ref ReplyWriter writer)
    {
        writer.Json.Name("shard"u8);
        writer.Json.WriteNumber(Shard.Value);
    }
}
