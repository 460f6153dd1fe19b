using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>A move that is answered when it is at its end.</summary>
/// <param name="shard">The shard.</param>
/// <param name="target">Where to; null for where its last move took it from.</param>
internal abstract class WholeMoveOperation(ShardId shard, GroupId? target) : Operation
{
    /// <summary>The type of the ok-reply.</summary>
    protected abstract ReadOnlySpan<byte> OkType { get; }

    /// <inheritdoc/>
    internal sealed override TimeSpan Limit(Deadlines deadlines) => deadlines.Move;

    /// <inheritdoc/>
    internal sealed override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
    {
        error = names.CheckGroup("target_gid", target?.Value);
        return error is null ? new ClientRequest.Move(shard, target) : null;
    }

    /// <inheritdoc/>
    internal sealed override void WriteOk(Message reply, ref ReplyWriter writer)
    {
        MoveStatus status = Answered((MoveStatus)reply);
        writer.Begin(OkType);
        ReplyFields.Write("shard"u8, shard.Value, ref writer);
        ReplyFields.Write("source_gid"u8, status.Source, ref writer);
        ReplyFields.Write("target_gid"u8, status.Target, ref writer);
        ReplyFields.Write("keys"u8, status.Keys, ref writer);
        ReplyFields.Write("bytes"u8, status.Bytes, ref writer);
        MoveFields.WritePause(status.PauseUs, ref writer);
    }

    /// <summary>The shard may be there by other means than its last move: then nothing was moved.</summary>
    private MoveStatus Answered(MoveStatus status) =>
        target is null || (status.Phase == MovePhase.Committed && status.Target == target)
            ? status
            : status with { Source = target, Target = target, Keys = 0, Bytes = 0, PauseUs = 0 };
}
