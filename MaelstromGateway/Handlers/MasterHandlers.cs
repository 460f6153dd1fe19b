using System.Collections.Immutable;
using System.Globalization;
using OrleansShards.Core.Nodes;
using static OrleansShards.Client.Routing.ClientRequest;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>The masters, and what they know of the cluster. All but <c>init</c> is asked of the current primary.</summary>
internal static class MasterHandlers
{
    internal static readonly Handler[] All =
    [
        new Handler<Init, Message>("init") { Read = static (fields, _) => ReadInit(fields) },
        new Handler<OfPrimary, ShadowStatusReply>("shadow_status")
        {
            Read = static (_, _) => new(new QueryShadowStatus()),
            Write = static (_, reply, ref to) =>
            {
                to.Field("primary"u8, reply.Primary);
                to.Field("shadow"u8, reply.Shadow);
                to.Field("wal_lag_entries"u8, reply.LagEntries);
                to.Field("wal_lag_ms"u8, reply.LagMs);
            },
        },
        new Handler<OfPrimary, FailoverReply>("trigger_failover")
        {
            // The primary forwards it to its shadow. If no master answers as the primary, the router asks the shadow itself.
            Read = static (fields, _) => new(new TriggerFailover(fields.Master("failed_master"u8))),
            Write = static (_, reply, ref to) =>
            {
                to.Field("new_primary"u8, reply.NewPrimary);
                to.Field("wal_entries_replayed"u8, reply.EntriesReplayed);
                to.Field("failover_time_ms"u8, reply.FailoverTimeMs);
            },
        },
        new Handler<OfPrimary, SwitchoverReply>("switch_over")
        {
            Read = static (fields, _) => new(new Switchover(fields.Master("to"u8))),
            Write = static (_, reply, ref to) =>
            {
                to.Field("primary"u8, reply.Primary);
                to.Field("term"u8, reply.Term.Value);
                to.Field("pause_ms"u8, reply.PauseMs);
            },
        },
        new Handler<OfPrimary, ConfigReply>("query_config")
        {
            Read = static (fields, _) => new(new QueryConfig(fields.OptionalEpoch("epoch"u8))),
            Write = static (_, reply, ref to) =>
            {
                to.Field("epoch"u8, reply.Epoch.Value);
                to.Owners("shards"u8, reply);
                to.Names("groups"u8, reply.Groups);
            },
        },
    ];

    /// <summary>All that an operator wants to know, and so the number of the shards that no group holds.</summary>
    internal static Handler ClusterStatus(int shardCount) => new Handler<OfPrimary, ClusterStatusReply>("cluster_status")
    {
        Read = static (_, _) => new(new QueryClusterStatus()),
        Write = (_, reply, ref to) =>
        {
            to.Field("epoch"u8, reply.Config.Epoch.Value);
            WriteMasters(reply, ref to);
            WriteGroups(reply, ref to);
            to.Names("members"u8, reply.Members);
            to.Names("announced"u8, reply.Announced ?? []);
            to.BeginObject("shards"u8);
            to.Field("held"u8, reply.Config.Shards.Count);
            to.Field("unheld"u8, shardCount - reply.Config.Shards.Count);
            to.Owners("owners"u8, reply.Config);
            to.EndObject();
            WriteTakeovers(reply, ref to);
            to.Objects("migrations"u8, reply.Moves, static (move, ref to) =>
            {
                ShardHandlers.WriteMove(move, ref to);
                to.Field("text"u8, move.Text);
            });
        },
    };

    private static Init ReadInit(BodyFields fields)
    {
        (string nodeId, ImmutableArray<string> nodeIds) = (fields.Text("node_id"u8), fields.Names("node_ids"u8));
        if (fields.Fault is null && !nodeIds.Contains(nodeId))
            fields.Fail($"the field \"node_id\" is {nodeId}; expected one of node_ids: {string.Join(", ", nodeIds)}");

        return new Init(nodeId, nodeIds);
    }

    private static void WriteMasters(ClusterStatusReply status, ref ReplyWriter to) =>
        to.Objects("masters"u8, status.Masters, static (master, ref to) =>
        {
            to.Field("name"u8, master.Name);
            to.Field("role"u8, master.IsPrimary ? "primary" : "shadow");
            to.Field("term"u8, master.Term.Value);
            to.Field("log_index"u8, master.LogIndex.Value);
            to.Field("last_heartbeat_ms"u8, master.HeartbeatAgeMs);
        });

    private static void WriteGroups(ClusterStatusReply status, ref ReplyWriter to) =>
        to.Objects("groups"u8, status.Config.Groups.Zip(status.GroupHeartbeatAgesMs), (group, ref to) =>
        {
            to.Field("name"u8, group.First);
            to.Field("shards"u8, status.Config.Shards.Count(shard => shard.Value == group.First));
            to.Field("last_heartbeat_ms"u8, group.Second);
        });

    private static void WriteTakeovers(ClusterStatusReply status, ref ReplyWriter to) =>
        to.Objects("takeovers"u8, status.Takeovers, static (takeover, ref to) =>
        {
            to.Field("reason"u8, NameOf(takeover.Reason));
            to.Field("from"u8, takeover.From);
            to.Field("to"u8, takeover.To);
            to.Field("term"u8, takeover.Term.Value);
            to.Field("at"u8, takeover.At?.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            to.Field("wal_entries_replayed"u8, takeover.EntriesReplayed);
            to.Field("detect_us"u8, takeover.Phases.DetectUs);
            to.Field("catch_up_us"u8, takeover.Phases.CatchUpUs);
            to.Field("fence_us"u8, takeover.Phases.FenceUs);
            to.Field("promote_us"u8, takeover.Phases.PromoteUs);
            to.Field("redirect_us"u8, takeover.Phases.RedirectUs);
        });

    private static string NameOf(TakeoverReason reason) => reason switch
    {
        TakeoverReason.HeartbeatsMissed => "heartbeats_missed",
        TakeoverReason.Requested => "requested",
        TakeoverReason.Switchover => "switch_over",
        TakeoverReason.Resumed => "resumed",
        TakeoverReason.Restarted => "restarted",
        TakeoverReason.Regained => "regained",
    };
}

/// <summary>
/// <c>init</c>, which opens the cluster, so the gateway itself carries it out. This process is <paramref name="NodeId"/>. Of all
/// <paramref name="NodeIds"/> the first is the primary master, the second its shadow, and each is a replica group.
/// </summary>
internal sealed record Init(string NodeId, ImmutableArray<string> NodeIds) : Message;
