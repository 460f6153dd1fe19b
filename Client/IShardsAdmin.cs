using OrleansShards.Core.Json;

namespace OrleansShards.Client;

/// <summary>
/// Administration of a cluster. Thread-safe. Every request can be repeated without harm. Call options, deadlines,
/// cancellation and the wait for a connection work as in <see cref="IKeyOperations"/>.
/// </summary>
public interface IShardsAdmin
{
    /// <summary>The masters, the newest shard map, the groups' heartbeats, the recent takeovers.</summary>
    Task<AdminResult<ClusterStatusReply>> ClusterStatusAsync(
        CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Planned switchover: <paramref name="to"/> becomes the primary. Requests in flight continue.</summary>
    Task<AdminResult<SwitchoverReply>> SwitchoverAsync(
        MasterName to, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Failover: deposes the master <paramref name="failed"/> and promotes the shadow.</summary>
    Task<AdminResult<FailoverReply>> TriggerFailoverAsync(
        MasterName failed, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>First step of a hand-over: the source seals the shard (reads continue) and returns its snapshot.</summary>
    Task<AdminResult<JsonText>> PrepareHandOverAsync(
        ShardId shard, GroupId source, GroupId target, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Second step of a hand-over: the target installs the first step's snapshot and serves the shard.</summary>
    Task<AdminResult<ShardDone>> ReceiveHandOverAsync(
        ShardId shard,
        GroupId source,
        GroupId target,
        JsonText snapshot,
        CallOptions? call = null,
        CancellationToken cancellationToken = default);

    /// <summary>Last step of a hand-over: the source deletes its copy and redirects requests.</summary>
    Task<AdminResult<ShardDone>> ConfirmHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Aborts a hand-over before its last step: the source serves the shard again, the target discards its copy.</summary>
    Task<AdminResult<ShardDone>> AbortHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds groups as members, at least one; the cluster must have been created with them. It starts the fewest moves that
    /// balance the shards and completes them in the background. A group that is already a member remains one.
    /// </summary>
    Task<AdminResult<Rebalanced>> JoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>What <see cref="JoinAsync"/> would move. Changes nothing.</summary>
    Task<AdminResult<MovePlan>> PlanJoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Removes members, at least one: all their shards, pinned ones too, move to the other members; one must remain.</summary>
    Task<AdminResult<Rebalanced>> LeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>What <see cref="LeaveAsync"/> would move. Changes nothing.</summary>
    Task<AdminResult<MovePlan>> PlanLeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes groups that have left and hold nothing from the cluster; refused while one of them has, gets or receives a shard. Returns at
    /// once if the cluster has none of them. A group that was forgotten may join again.
    /// </summary>
    Task<AdminResult<GroupsForgotten>> ForgetAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Pins a shard to a member: the cluster moves it there in the background, and balancing leaves it there.</summary>
    Task<AdminResult<Rebalanced>> MoveAsync(
        ShardId shard, GroupId group, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>What <see cref="MoveAsync"/> would move. Changes nothing.</summary>
    Task<AdminResult<MovePlan>> PlanMoveAsync(
        ShardId shard, GroupId group, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves a shard to a member and waits until that group serves it; does not pin. Clients only see a pause. At the
    /// deadline (<see cref="ShardsClientOptions.MoveDeadline"/>) a move that has begun continues, and the result is
    /// <see cref="AdminResult{T}.Unknown"/>; a repeated call follows the same move. Returns at once if the group already
    /// serves the shard.
    /// </summary>
    Task<AdminResult<MoveStatus>> MigrateAsync(
        ShardId shard, GroupId target, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves a shard back to the source of its last move, within a window after that move, and waits as
    /// <see cref="MigrateAsync"/> does. Nothing that was written since is lost.
    /// </summary>
    Task<AdminResult<MoveStatus>> UndoMoveAsync(
        ShardId shard, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>The state of the newest move of a shard.</summary>
    Task<AdminResult<MoveStatus>> MoveStatusAsync(
        ShardId shard, CallOptions? call = null, CancellationToken cancellationToken = default);
}
