using OrleansShards.Core.Masters;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>The fields of moves that several replies have.</summary>
internal static class MoveFields
{
    /// <summary>Writes <c>pause_ms</c>, rounded up: a pause that was there is never shown as none.</summary>
    internal static void WritePause(long? pauseUs, ref ReplyWriter writer) =>
        ReplyFields.Write("pause_ms"u8, (pauseUs + 999) / 1000, ref writer);

    /// <summary>Writes <c>moves</c>.</summary>
    internal static void WritePlan(MovePlan plan, ref ReplyWriter writer)
    {
        writer.Json.Name("moves"u8);
        writer.Json.BeginArray();
        foreach (PlannedMove move in plan.Moves)
        {
            writer.Json.BeginObject();
            ReplyFields.Write("shard"u8, move.Shard.Value, ref writer);
            ReplyFields.Write("source_gid"u8, move.Source, ref writer);
            ReplyFields.Write("target_gid"u8, move.Target, ref writer);
            ReplyFields.Write("bytes"u8, move.Bytes, ref writer);
            WritePause(move.PauseUs, ref writer);
            writer.Json.EndObject();
        }

        writer.Json.EndArray();
    }

    /// <summary>Writes how a move stands, from its shard to the bytes.</summary>
    internal static void WriteStatus(MoveStatus status, ref ReplyWriter writer)
    {
        ReplyFields.Write("shard"u8, status.Shard.Value, ref writer);
        ReplyFields.Write("phase"u8, PhaseOf(status.Phase), ref writer);
        ReplyFields.Write("source_gid"u8, status.Source, ref writer);
        ReplyFields.Write("target_gid"u8, status.Target, ref writer);
        ReplyFields.Write("bytes_done"u8, status.BytesDone, ref writer);
        ReplyFields.Write("bytes_total"u8, status.BytesTotal, ref writer);
    }

    private static string PhaseOf(MovePhase phase) => phase switch
    {
        MovePhase.None => "none",
        MovePhase.Copying => "copying",
        MovePhase.Frozen => "frozen",
        MovePhase.Committed => "committed",
        MovePhase.Aborted => "aborted",
    };
}
