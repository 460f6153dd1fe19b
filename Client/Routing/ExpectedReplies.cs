namespace OrleansShards.Client.Routing;

/// <summary>
/// Which reply says that a request was executed. In a rolling upgrade a node of another release may answer with something else:
/// nothing is known then, and only a reply of this table may be passed on as success.
/// </summary>
internal static class ExpectedReplies
{
    /// <summary>Whether a reply is of the kind that an executed request is answered with. Refusals are not.</summary>
    internal static bool Has(Message request, Message reply) => request switch
    {
        KeyRequest => reply is KeyReply,
        SeedShard or ReceiveShard or ConfirmReceived or AbortMigration => reply is ShardDone,
        PrepareMigration or GetShardSnapshot => reply is ShardSnapshotReply,
        QueryAvailability => reply is ShardAvailability,
        CreateCluster => reply is ClusterCreated,
        LocateShard or QueryShard => reply is ShardOwner,
        Heartbeat => reply is HeartbeatReply,
        QueryShadowStatus => reply is ShadowStatusReply,
        TriggerFailover => reply is FailoverReply,
        Switchover => reply is SwitchoverReply,
        QueryConfig => reply is ConfigReply,
        QueryClusterStatus => reply is ClusterStatusReply,
        JoinGroups { PlanOnly: true } or LeaveGroups { PlanOnly: true } or PinShard { PlanOnly: true } => reply is MovePlan,
        JoinGroups or LeaveGroups or PinShard => reply is Rebalanced,
        MigrateShard or UndoMove or QueryMove => reply is MoveStatus,
        _ => false,
    };
}
