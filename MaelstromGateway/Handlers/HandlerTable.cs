using System.Collections.Frozen;
using OrleansShards.Core.Nodes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Finds the handler of a message type.</summary>
/// <exception cref="ArgumentException">Two handlers have the same type.</exception>
internal sealed class HandlerTable(IEnumerable<Handler> handlers)
{
    private readonly FrozenDictionary<KeyText, Handler> _handlers = handlers
        .ToDictionary(static handler => KeyText.From(JsonText.Parse($"\"{handler.Type}\"")))
        .ToFrozenDictionary();

    /// <summary>The whole protocol, for a cluster of so many shards.</summary>
    internal static HandlerTable Protocol(int shardCount) => new(
        [.. KeyHandlers.All, .. ShardHandlers.All, .. GroupHandlers.All, .. MasterHandlers.All, MasterHandlers.ClusterStatus(shardCount)]);

    /// <summary>Reads a body into <paramref name="request"/>; refuses it if the type is unknown (10) or a field is wrong (12).</summary>
    internal void Read(JsonText type, BodyFields fields, GatewayRequest request)
    {
        if (!_handlers.TryGetValue(KeyText.From(type), out Handler? handler))
        {
            string text = $"the type {FieldTexts.Excerpt(type.Span)} is not one that this node knows";
            request.Refusal = new ErrorReply(ErrorCode.NotSupported, text);
            return;
        }

        Message asked = handler.ReadRequest(fields, new GroupId(request.Destination.Value));
        if (fields.Fault is null)
            (request.Handler, request.Asked) = (handler, asked);
        else
            request.Refusal = new ErrorReply(ErrorCode.MalformedRequest, $"{handler.Type}: {fields.Fault}");
    }
}
