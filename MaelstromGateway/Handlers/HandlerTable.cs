using System.Collections.Frozen;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Finds the handler of a message type.</summary>
internal sealed class HandlerTable
{
    private readonly FrozenDictionary<KeyText, Handler> _handlers;

    /// <summary>A table of <paramref name="handlers"/>.</summary>
    /// <exception cref="ArgumentException">Two have the same type.</exception>
    internal HandlerTable(IEnumerable<Handler> handlers) =>
        _handlers = handlers
            .ToDictionary(static handler => KeyText.From(JsonText.Parse($"\"{handler.Type}\"")))
            .ToFrozenDictionary();

    /// <summary>All of the protocol, for a cluster of so many shards.</summary>
    internal static HandlerTable Protocol(int shardCount) => new([
        .. KeyHandlers.All,
        .. ShardHandlers.All,
        .. MigrationHandlers.All,
        .. GroupHandlers.All,
        .. MasterHandlers.All,
        ClusterStatusHandler.For(shardCount),
    ]);

    /// <summary>
    /// Reads what a body of the type <paramref name="type"/>, a JSON string, asks, into <paramref name="request"/>; refuses it
    /// there where the type is unknown (10) or a field is wrong (12).
    /// </summary>
    internal void Read(JsonText type, BodyFields fields, GatewayRequest request)
    {
        if (!_handlers.TryGetValue(KeyText.From(type), out Handler? handler))
        {
            request.Refuse(new ErrorReply(
                ErrorCode.NotSupported, $"the type {FieldTexts.Excerpt(type.Span)} is not one that this node knows"));
            return;
        }

        Message asked = handler.ReadRequest(fields, new GroupId(request.Destination.Value));
        if (fields.Fault is null)
            request.Ask(handler, asked);
        else
            request.Refuse(new ErrorReply(ErrorCode.MalformedRequest, $"{handler.Type}: {fields.Fault}"));
    }
}
