using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>query_config</c></summary>
internal sealed class QueryConfigHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "query_config";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields)
    {
        long? epoch = fields.OptionalInteger("epoch"u8, long.MaxValue);
        return new QueryConfigOperation(epoch is { } number ? new Epoch((ulong)number) : null);
    }

    private sealed class QueryConfigOperation(Epoch? epoch) : Operation
    {
        internal override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
        {
            error = null;
            return new ClientRequest.OfPrimary(new QueryConfig(epoch));
        }

        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            var config = (ConfigReply)reply;
            writer.Begin("query_config_ok"u8);
            writer.Json.Name("epoch"u8);
            writer.Json.WriteNumber((long)config.Epoch.Value);
            writer.Json.Name("shards"u8);
            ShardMapFields.WriteOwners(config, ref writer);
            writer.Json.Name("groups"u8);
            writer.Json.BeginArray();
            foreach (GroupId group in config.Groups)
            {
                writer.Json.WriteString(group.Value);
            }

            writer.Json.EndArray();
        }
    }
}
