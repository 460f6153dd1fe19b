using OrleansShards.MaelstromGateway.Envelopes;
using static OrleansShards.Client.Routing.ClientRequest;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>cluster_status</c>, which takes no fields and answers with all that an operator wants to know.</summary>
internal static class ClusterStatusHandler
{
    /// <summary>The handler.</summary>
    /// <param name="shardCount">How many shards there are: those that nobody holds are counted, too.</param>
    internal static Handler For(int shardCount) => new Handler<OfPrimary, ClusterStatusReply>("cluster_status")
    {
        Read = static (_, _) => new(new QueryClusterStatus()),
        Write = (_, reply, ref to) =>
        {
            to.Field("epoch"u8, reply.Config.Epoch.Value);
            WriteMasters(reply, ref to);
            WriteGroups(reply, ref to);
            to.Names("members"u8, reply.Members);
            to.BeginObject("shards"u8);
            to.Field("held"u8, reply.Config.Shards.Count);
            to.Field("unheld"u8, shardCount - reply.Config.Shards.Count);
            to.OwnersField("owners"u8, reply.Config);
            to.EndObject();
            WriteTakeovers(reply, ref to);
            to.Objects("migrations"u8, reply.Moves, static (move, ref to) =>
            {
                to.MoveFields(move);
                to.Field("text"u8, move.Text);
            });
        },
    };

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
    };
}
