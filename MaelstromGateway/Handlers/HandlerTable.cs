using System.Collections.Frozen;
using OrleansShards.Core.Json;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Every message type and who knows it: the one place where a new type is registered.</summary>
internal sealed class HandlerTable
{
    private readonly FrozenDictionary<KeyText, IRequestHandler> _handlers;

    /// <summary>A table of <paramref name="handlers"/>.</summary>
    /// <exception cref="ArgumentException">Two know the same type.</exception>
    internal HandlerTable(IEnumerable<IRequestHandler> handlers) =>
        _handlers = handlers
            .ToDictionary(static handler => KeyText.From(JsonText.Parse($"\"{handler.Type}\"")))
            .ToFrozenDictionary();

    /// <summary>All of the protocol.</summary>
    internal static HandlerTable Protocol() => new([
        new InitHandler(),
        new ShadowStatusHandler(),
        new TriggerFailoverHandler(),
        new SwitchOverHandler(),
        new HeartbeatHandler(),
        new QueryConfigHandler(),
        new ClusterStatusHandler(),
        new SeedShardHandler(),
        new PrepareMigrationHandler(),
        new GetShardSnapshotHandler(),
        new ReceiveShardHandler(),
        new ConfirmReceivedHandler(),
        new AbortMigrationHandler(),
        new IsShardAvailableHandler(),
        new ReadHandler(),
        new WriteHandler(),
        new CasHandler(),
        new DeleteHandler(),
        new JoinHandler(),
        new LeaveHandler(),
        new MoveHandler(),
        new MigrateShardHandler(),
        new UndoMoveHandler(),
        new MigrationStatusHandler(),
    ]);

    /// <summary>
    /// What a body of the type <paramref name="type"/>, a JSON string, asks. Always an operation: one that refuses
    /// where the type is unknown (10) or a field is wrong (12).
    /// </summary>
    internal Operation Read(JsonText type, BodyFields fields)
    {
        if (!_handlers.TryGetValue(KeyText.From(type), out IRequestHandler? handler))
        {
            return new RefusedOperation(new ErrorReply(
                ErrorCode.NotSupported, $"the type {FieldTexts.Excerpt(type.Span)} is not one that this node knows"));
        }

        Operation operation = handler.Read(fields);
        return fields.Fault is null
            ? operation
            : new RefusedOperation(new ErrorReply(ErrorCode.MalformedRequest, $"{handler.Type}: {fields.Fault}"));
    }
}
