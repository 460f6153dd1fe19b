using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Interfaces;

/// <summary>
/// The requests to a master. <see cref="IMasterGrain"/> and <see cref="IShadowGrain"/> differ in their placement and in
/// which of them leads first; the log decides which is primary, and both take all requests.
/// </summary>
/// <remarks>
/// Every method ends in one answer: the one named, or <see cref="NotPrimary"/>, <see cref="MasterRefusal"/> (both
/// definite) or <see cref="MasterUnknown"/> (it may take effect). After an exception (a dead silo, a time-out) the outcome
/// is unknown; every request here may be repeated.
/// </remarks>
[Alias("OrleansShards.IMasterRole")]
public interface IMasterRole : IGrainWithStringKey
{
    /// <summary>Creates the cluster, or verifies its definition. <see cref="ClusterCreated"/>.</summary>
    [Alias("create")] Task<MasterReply> Create(CreateCluster request);

    /// <summary>A shard's owner; assigns the shard to a group if it has none. <see cref="ShardOwner"/>.</summary>
    [Alias("locate")] Task<MasterReply> Locate(LocateShard request);

    /// <summary>A shard's owner. <see cref="ShardOwner"/>.</summary>
    [Alias("queryShard")] Task<MasterReply> QueryShard(QueryShard request);

    /// <summary>A copy reports a change of ownership. <see cref="ShardOwner"/>.</summary>
    [Alias("reportOwner")] Task<MasterReply> ReportOwner(ReportOwner request);

    /// <summary>A group's heartbeat. <see cref="HeartbeatReply"/>.</summary>
    [Alias("heartbeat")] Task<MasterReply> Heartbeat(Heartbeat request);

    /// <summary>The primary tells the shadow that its log has grown. <see cref="ShadowProgress"/>.</summary>
    [Alias("logGrew")] Task<MasterReply> LogGrew(LogGrew request);

    /// <summary>The masters' roles and the shadow's lag. <see cref="ShadowStatusReply"/>.</summary>
    [Alias("shadowStatus")] Task<MasterReply> ShadowStatus(QueryShadowStatus request);

    /// <summary>Deposes a master and promotes the shadow. <see cref="FailoverReply"/>.</summary>
    [Alias("triggerFailover")] Task<MasterReply> TriggerFailover(TriggerFailover request);

    /// <summary>Hands the primary's role over as planned. <see cref="SwitchoverReply"/>.</summary>
    [Alias("switchover")] Task<MasterReply> Switchover(Switchover request);

    /// <summary>The shard map. <see cref="ConfigReply"/>.</summary>
    [Alias("queryConfig")] Task<MasterReply> QueryConfig(QueryConfig request);

    /// <summary>The status for operators. <see cref="ClusterStatusReply"/>.</summary>
    [Alias("clusterStatus")] Task<MasterReply> ClusterStatus(QueryClusterStatus request);

    /// <summary>Groups become members. <see cref="Rebalanced"/>, or <see cref="MovePlan"/>.</summary>
    [Alias("join")] Task<MasterReply> Join(JoinGroups request);

    /// <summary>Groups leave. <see cref="Rebalanced"/>, or <see cref="MovePlan"/>.</summary>
    [Alias("leave")] Task<MasterReply> Leave(LeaveGroups request);

    /// <summary>The cluster no longer has groups that have left and hold nothing. <see cref="GroupsForgotten"/>.</summary>
    [Alias("forget")] Task<MasterReply> Forget(ForgetGroups request);

    /// <summary>A step of a restore from a backup. <see cref="RestoreStatus"/>.</summary>
    [Alias("restore")] Task<MasterReply> Restore(ChangeRestore request);

    /// <summary>Pins a shard to a group. <see cref="Rebalanced"/>, or <see cref="MovePlan"/>.</summary>
    [Alias("pin")] Task<MasterReply> Pin(PinShard request);

    /// <summary>Moves a shard. <see cref="MoveStatus"/>.</summary>
    [Alias("migrate")] Task<MasterReply> Migrate(MigrateShard request);

    /// <summary>Moves a shard back. <see cref="MoveStatus"/>.</summary>
    [Alias("undoMove")] Task<MasterReply> UndoMove(UndoMove request);

    /// <summary>The status of the newest move of a shard. <see cref="MoveStatus"/>.</summary>
    [Alias("queryMove")] Task<MasterReply> QueryMove(QueryMove request);

    /// <summary>The source of a move asks for the decision. <see cref="MoveDecided"/>.</summary>
    [Alias("decideMove")] Task<MasterReply> DecideMove(DecideMove request);

    /// <summary>The target of a move asks for the decision. <see cref="MoveDecided"/> or <see cref="MoveOpen"/>.</summary>
    [Alias("queryMoveDecision")] Task<MasterReply> QueryMoveDecision(QueryMoveDecision request);

    /// <summary>The silo that hosts the master, as calls reach it, regardless of cached placements.</summary>
    [Alias("silo")] Task<SiloAddress> Silo();

    /// <summary>
    /// Sends <paramref name="observer"/> what this master publishes (<see cref="PrimaryChanged"/>, <see cref="ShardMoved"/>)
    /// for ten seconds; subscribers renew before that. Best effort: a notice may be lost.
    /// </summary>
    [Alias("subscribe")] Task Subscribe(IClusterObserver observer);
}

/// <summary>The cluster's first master, keyed by its name: the first primary.</summary>
[Alias("OrleansShards.IMasterGrain")]
public interface IMasterGrain : IMasterRole;

/// <summary>The cluster's second master, keyed by its name: the first shadow. Placed on another silo if there are two.</summary>
[Alias("OrleansShards.IShadowGrain")]
public interface IShadowGrain : IMasterRole;
