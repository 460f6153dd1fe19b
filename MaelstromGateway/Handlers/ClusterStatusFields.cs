using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>The fields of <c>cluster_status_ok</c>: epoch, masters, groups, shards, takeovers, migrations.</summary>
internal static class ClusterStatusFields
{
    /// <summary>Writes them all.</summary>
    internal static void Write(ClusterStatusReply status, int shardCount, ref ReplyWriter writer)
    {
        writer.Json.Name("epoch"u8);
        writer.Json.WriteNumber((long)status.Config.Epoch.Value);
        WriteMasters(status, ref writer);
        WriteGroups(status, ref writer);
        WriteShards(status, shardCount, ref writer);
        WriteTakeovers(status, ref writer);

        // The cluster drives no moves of its own yet; the field is there so that a page built on it stays as it is.
        writer.Json.Name("migrations"u8);
        writer.Json.BeginArray();
        writer.Json.EndArray();
    }

    private static void WriteMasters(ClusterStatusReply status, ref ReplyWriter writer)
    {
        writer.Json.Name("masters"u8);
        writer.Json.BeginArray();
        foreach (MasterStatus master in status.Masters)
        {
            writer.Json.BeginObject();
            Write("name"u8, master.Name.Value, ref writer);
            Write("role"u8, master.IsPrimary ? "primary" : "shadow", ref writer);
            Write("term"u8, (long)master.Term.Value, ref writer);
            Write("log_index"u8, (long)master.LogIndex.Value, ref writer);
            Write("last_heartbeat_ms"u8, master.HeartbeatAgeMs, ref writer);
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
            Write("name"u8, group.Value, ref writer);
            Write("shards"u8, status.Config.Shards.Count(shard => shard.Value == group), ref writer);
            Write("last_heartbeat_ms"u8, status.GroupHeartbeatAgesMs[at], ref writer);
            writer.Json.EndObject();
        }

        writer.Json.EndArray();
    }

    private static void WriteShards(ClusterStatusReply status, int shardCount, ref ReplyWriter writer)
    {
        writer.Json.Name("shards"u8);
        writer.Json.BeginObject();
        Write("held"u8, status.Config.Shards.Count, ref writer);
        Write("unheld"u8, shardCount - status.Config.Shards.Count, ref writer);
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
            Write("reason"u8, Reason(takeover.Reason), ref writer);
            Write("from"u8, takeover.From.Value, ref writer);
            Write("to"u8, takeover.To.Value, ref writer);
            Write("term"u8, (long)takeover.Term.Value, ref writer);
            Write("wal_entries_replayed"u8, takeover.EntriesReplayed, ref writer);
            Write("detect_us"u8, takeover.Phases.DetectUs, ref writer);
            Write("catch_up_us"u8, takeover.Phases.CatchUpUs, ref writer);
            Write("fence_us"u8, takeover.Phases.FenceUs, ref writer);
            Write("promote_us"u8, takeover.Phases.PromoteUs, ref writer);
            Write("redirect_us"u8, takeover.Phases.RedirectUs, ref writer);
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

    private static void Write(ReadOnlySpan<byte> name, string value, ref ReplyWriter writer)
    {
        writer.Json.Name(name);
        writer.Json.WriteString(value);
    }

    private static void Write(ReadOnlySpan<byte> name, long? value, ref ReplyWriter writer)
    {
        writer.Json.Name(name);
        if (value is { } number)
        {
            writer.Json.WriteNumber(number);
        }
        else
        {
            writer.Json.WriteNull();
        }
    }
}
