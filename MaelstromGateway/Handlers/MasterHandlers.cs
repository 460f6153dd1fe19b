using System.Collections.Immutable;
using OrleansShards.Core.Nodes;
using static OrleansShards.Client.Routing.ClientRequest;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>
/// The masters, and what they know of the cluster. All but <c>init</c> is asked of the primary, whoever that is;
/// <see cref="ClusterStatusHandler"/> has one more.
/// </summary>
internal static class MasterHandlers
{
    internal static readonly Handler[] All =
    [
        new Handler<Init, Message>("init")
        {
            Read = static (fields, _) => ReadInit(fields.Text("node_id"u8), fields.Names("node_ids"u8), fields),
        },
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
            // Whoever leads passes it on to its shadow; where nobody answers the router goes to the shadow by itself.
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
                to.OwnersField("shards"u8, reply);
                to.Names("groups"u8, reply.Groups);
            },
        },
    ];

    private static Init ReadInit(string nodeId, ImmutableArray<string> nodeIds, BodyFields fields)
    {
        if (fields.Fault is null && !nodeIds.Contains(nodeId))
            fields.Fail($"the field \"node_id\" is {nodeId}; expected one of node_ids: {string.Join(", ", nodeIds)}");

        return new Init(nodeId, nodeIds);
    }
}

/// <summary>What <c>init</c> asks. It opens the cluster, so the gateway carries it out itself.</summary>
/// <param name="NodeId">The node that this process is.</param>
/// <param name="NodeIds">All nodes: the first is the primary master, the second its shadow, and each is a replica group.</param>
internal sealed record Init(string NodeId, ImmutableArray<string> NodeIds) : Message;
