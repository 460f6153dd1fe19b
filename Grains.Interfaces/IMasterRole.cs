using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Interfaces;

/// <summary>
/// What a master is asked. <see cref="IMasterGrain"/> and <see cref="IShadowGrain"/> differ in where they are placed and
/// in which of them leads first; the log says which of them is primary, and either may be asked everything.
/// </summary>
/// <remarks>
/// Every method ends in one answer: the one named, or <see cref="NotPrimary"/>, <see cref="MasterRefusal"/> (both
/// definite) or <see cref="MasterUnknown"/> (it may take effect). An exception (a silo that died, a time-out) says
/// nothing about what was carried out; everything here may be asked again.
/// </remarks>
[Alias("OrleansShards.IMasterRole")]
public interface IMasterRole : IGrainWithStringKey
{
    /// <summary>Founds the cluster, or makes sure of its definition. <see cref="ClusterFounded"/>.</summary>
    [Alias("found")]
    Task<MasterReply> Found(FoundCluster request);

    /// <summary>Who has a shard; gives it to a group if nobody has. <see cref="ShardOwner"/>.</summary>
    [Alias("locate")]
    Task<MasterReply> Locate(LocateShard request);

    /// <summary>Who has a shard. <see cref="ShardOwner"/>.</summary>
    [Alias("queryShard")]
    Task<MasterReply> QueryShard(QueryShard request);

    /// <summary>A copy reports a change of ownership. <see cref="ShardOwner"/>.</summary>
    [Alias("reportOwner")]
    Task<MasterReply> ReportOwner(ReportOwner request);

    /// <summary>A group's heartbeat. <see cref="HeartbeatReply"/>.</summary>
    [Alias("heartbeat")]
    Task<MasterReply> Heartbeat(Heartbeat request);

    /// <summary>The primary tells the shadow that its log has grown. <see cref="ShadowProgress"/>.</summary>
    [Alias("logGrew")]
    Task<MasterReply> LogGrew(LogGrew request);

    /// <summary>The masters' roles and the shadow's lag. <see cref="ShadowStatusReply"/>.</summary>
    [Alias("shadowStatus")]
    Task<MasterReply> ShadowStatus(QueryShadowStatus request);

    /// <summary>Deposes a master and promotes the shadow. <see cref="FailoverReply"/>.</summary>
    [Alias("triggerFailover")]
    Task<MasterReply> TriggerFailover(TriggerFailover request);

    /// <summary>Hands the primary's role over as planned. <see cref="SwitchoverReply"/>.</summary>
    [Alias("switchover")]
    Task<MasterReply> Switchover(Switchover request);

    /// <summary>The shard map. <see cref="ConfigReply"/>.</summary>
    [Alias("queryConfig")]
    Task<MasterReply> QueryConfig(QueryConfig request);

    /// <summary>Everything an operator wants to know. <see cref="ClusterStatusReply"/>.</summary>
    [Alias("clusterStatus")]
    Task<MasterReply> ClusterStatus(QueryClusterStatus request);

    /// <summary>Groups become members. <see cref="Rebalanced"/>, or <see cref="MovePlan"/>.</summary>
    [Alias("join")]
    Task<MasterReply> Join(JoinGroups request);

    /// <summary>Groups are members no longer. <see cref="Rebalanced"/>, or <see cref="MovePlan"/>.</summary>
    [Alias("leave")]
    Task<MasterReply> Leave(LeaveGroups request);

    /// <summary>Pins a shard to a group. <see cref="Rebalanced"/>, or <see cref="MovePlan"/>.</summary>
    [Alias("pin")]
    Task<MasterReply> Pin(PinShard request);

    /// <summary>Moves a shard. <see cref="MoveStatus"/>.</summary>
    [Alias("migrate")]
    Task<MasterReply> Migrate(MigrateShard request);

    /// <summary>Moves a shard back. <see cref="MoveStatus"/>.</summary>
    [Alias("undoMove")]
    Task<MasterReply> UndoMove(UndoMove request);

    /// <summary>How the newest move of a shard stands. <see cref="MoveStatus"/>.</summary>
    [Alias("queryMove")]
    Task<MasterReply> QueryMove(QueryMove request);

    /// <summary>The source of a move asks for the decision. <see cref="MoveDecided"/>.</summary>
    [Alias("settleMove")]
    Task<MasterReply> SettleMove(SettleMove request);

    /// <summary>The target of a move asks for news of it. <see cref="MoveDecided"/> or <see cref="MoveOpen"/>.</summary>
    [Alias("queryMoveDecision")]
    Task<MasterReply> QueryMoveDecision(QueryMoveDecision request);

    /// <summary>The silo that has the master: what a call reaches, whatever caches of its place say.</summary>
    [Alias("silo")]
    Task<SiloAddress> Silo();

    /// <summary>
    /// Has <paramref name="observer"/> told of what this master publishes (<see cref="PrimaryChanged"/>,
    /// <see cref="ShardMoved"/>), for ten seconds: whoever wants to go on hearing of it asks again before they are over.
    /// A notice may be lost; nothing depends on it.
    /// </summary>
    [Alias("subscribe")]
    Task Subscribe(IClusterObserver observer);
}

/// <summary>The cluster's first master, keyed by its name: primary from the founding on, until the log says otherwise.</summary>
[Alias("OrleansShards.IMasterGrain")]
public interface IMasterGrain : IMasterRole;

/// <summary>
/// The cluster's second master, keyed by its name: the hot standby from the founding on, until the log says otherwise.
/// Placed on another silo than the first where there are two.
/// </summary>
[Alias("OrleansShards.IShadowGrain")]
public interface IShadowGrain : IMasterRole;
