using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>The fields of <c>cluster_status_ok</c>: epoch, masters, groups, members, shards, takeovers,
/// migrations.</summary>
internal static class ClusterStatusFields
{
    /// <summary>Writes them all.</summary>
    internal static void Write(ClusterStatusReply status, int shardCount, ref ReplyWriter writer)
    {
        writer.Json.Name("epoch"u8);
        writer.Json.WriteNumber((long)status.Config.Epoch.Value);
        WriteMasters(status, ref writer);
        WriteGroups(status, ref writer);
        WriteMembers(status, ref writer);
        WriteShards(status, shardCount, ref writer);
        WriteTakeovers(status, ref writer);
        WriteMigrations(status, ref writer);
    }

    private static void WriteMasters(ClusterStatusReply status, ref ReplyWriter writer)
    {
        writer.Json.Name("masters"u8);
        writer.Json.BeginArray();
        foreach (MasterStatus master in status.Masters)
        {
            writer.Json.BeginObject();
            ReplyFields.Write("name"u8, master.Name.Value, ref writer);
            ReplyFields.Write("role"u8, master.IsPrimary ? "primary" : "shadow", ref writer);
            ReplyFields.Write("term"u8, (long)master.Term.Value, ref writer);
            ReplyFields.Write("log_index"u8, (long)master.LogIndex.Value, ref writer);
            ReplyFields.Write("last_heartbeat_ms"u8, master.HeartbeatAgeMs, ref writer);
            writer.Json.EndObject();
        }

        writer.Json.EndArray();
    }

    private static void WriteGroups(ClusterStatusReply status, ref ReplyWriter writer)
    {
        writer.Json.Name("groups"u8);
        writer.Json.BeginArray();
        for (int at = 0; at < status.Config.Groups.Length; at++)
        {
            GroupId group = status.Config.Groups[at];
            writer.Json.BeginObject();
            ReplyFields.Write("name"u8, group.Value, ref writer);
            ReplyFields.Write("shards"u8, status.Config.Shards.Count(shard => shard.Value == group), ref writer);
            ReplyFields.Write("last_heartbeat_ms"u8, status.GroupHeartbeatAgesMs[at], ref writer);
            writer.Json.EndObject();
        }

        writer.Json.EndArray();
    }

    private static void WriteMembers(ClusterStatusReply status, ref ReplyWriter writer)
    {
        writer.Json.Name("members"u8);
        writer.Json.BeginArray();
        foreach (GroupId group in status.Members)
        {
            writer.Json.WriteString(group.Value);
        }

        writer.Json.EndArray();
    }

    private static void WriteShards(ClusterStatusReply status, int shardCount, ref ReplyWriter writer)
    {
        writer.Json.Name("shards"u8);
        writer.Json.BeginObject();
        ReplyFields.Write("held"u8, status.Config.Shards.Count, ref writer);
        ReplyFields.Write("unheld"u8, shardCount - status.Config.Shards.Count, ref writer);
        writer.Json.Name("owners"u8);
        ShardMapFields.WriteOwners(status.Config, ref writer);
        writer.Json.EndObject();
    }

    private static void WriteTakeovers(ClusterStatusReply status, ref ReplyWriter writer)
    {
        writer.Json.Name("takeovers"u8);
        writer.Json.BeginArray();
        foreach (TakeoverRecord takeover in status.Takeovers)
        {
            writer.Json.BeginObject();
            ReplyFields.Write("reason"u8, Reason(takeover.Reason), ref writer);
            ReplyFields.Write("from"u8, takeover.From.Value, ref writer);
            ReplyFields.Write("to"u8, takeover.To.Value, ref writer);
            ReplyFields.Write("term"u8, (long)takeover.Term.Value, ref writer);
            ReplyFields.Write("wal_entries_replayed"u8, takeover.EntriesReplayed, ref writer);
            ReplyFields.Write("detect_us"u8, takeover.Phases.DetectUs, ref writer);
            ReplyFields.Write("catch_up_us"u8, takeover.Phases.CatchUpUs, ref writer);
            ReplyFields.Write("fence_us"u8, takeover.Phases.FenceUs, ref writer);
            ReplyFields.Write("promote_us"u8, takeover.Phases.PromoteUs, ref writer);
            ReplyFields.Write("redirect_us"u8, takeover.Phases.RedirectUs, ref writer);
            writer.Json.EndObject();
        }

        writer.Json.EndArray();
    }

    private static void WriteMigrations(ClusterStatusReply status, ref ReplyWriter writer)
    {
        writer.Json.Name("migrations"u8);
        writer.Json.BeginArray();
        foreach (MoveStatus move in status.Moves)
        {
            writer.Json.BeginObject();
            MoveFields.WriteStatus(move, ref writer);
            ReplyFields.Write("text"u8, move.Text, ref writer);
            writer.Json.EndObject();
        }

        writer.Json.EndArray();
    }

    private static string Reason(TakeoverReason reason) => reason switch
    {
        TakeoverReason.HeartbeatsMissed => "heartbeats_missed",
        TakeoverReason.Requested => "requested",
        TakeoverReason.SwitchOver => "switch_over",
        TakeoverReason.Resumed => "resumed",
    };
}
