using OrleansShards.Core;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>undo_move</c></summary>
internal sealed class UndoMoveHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "undo_move";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new UndoMoveOperation(fields.Shard());

    private sealed class UndoMoveOperation(ShardId shard) : WholeMoveOperation(shard, null)
    {
        protected override ReadOnlySpan<byte> OkType => "undo_move_ok"u8;
    }
}
