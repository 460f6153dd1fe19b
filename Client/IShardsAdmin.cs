using OrleansShards.Core.Json;

namespace OrleansShards.Client;

/// <summary>
/// Administration of a cluster. Thread-safe. Every request can be repeated without harm. Deadlines, cancellation and the
/// wait for a connection work as in <see cref="IKeyOperations"/>.
/// </summary>
public interface IShardsAdmin
{
    /// <summary>The masters, the newest shard map, the groups' heartbeats, the recent takeovers.</summary>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<ClusterStatusReply>> ClusterStatusAsync(
        CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Planned switchover: another master becomes the primary. Requests in flight continue.</summary>
    /// <param name="to">The master that becomes the primary.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<SwitchoverReply>> SwitchoverAsync(
        MasterName to, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Failover: deposes a failed master and promotes the shadow.</summary>
    /// <param name="failed">The master to be deposed.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<FailoverReply>> TriggerFailoverAsync(
        MasterName failed, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>First step of a hand-over: the source seals the shard (reads continue) and returns its snapshot.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="source">The group that has it.</param>
    /// <param name="target">The group that is to have it.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<JsonText>> PrepareHandOverAsync(
        ShardId shard,
        GroupId source,
        GroupId target,
        CallOptions? call = null,
        CancellationToken cancellationToken = default);

    /// <summary>Second step of a hand-over: the target installs the snapshot and serves the shard.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="source">The group that sealed it.</param>
    /// <param name="target">The group that is to have it.</param>
    /// <param name="snapshot">The snapshot that the first step returned.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<ShardDone>> ReceiveHandOverAsync(
        ShardId shard,
        GroupId source,
        GroupId target,
        JsonText snapshot,
        CallOptions? call = null,
        CancellationToken cancellationToken = default);

    /// <summary>Last step of a hand-over: the source deletes its copy and redirects requests.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="source">The group that had it.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<ShardDone>> ConfirmHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Aborts a hand-over before its last step: the source serves the shard again, the target discards its copy.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="source">The group that sealed it.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<ShardDone>> AbortHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds groups as members. The cluster starts the fewest moves that balance the shards and completes them in the
    /// background. A group that is already a member stays one.
    /// </summary>
    /// <param name="groups">Groups that the cluster was founded with; at least one.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<Rebalanced>> JoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>What <see cref="JoinAsync"/> would move. Changes nothing.</summary>
    /// <param name="groups">Groups that the cluster was founded with; at least one.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<MovePlan>> PlanJoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Removes groups as members: all their shards, pinned ones too, move to the others. At least one member must stay.</summary>
    /// <param name="groups">Groups that the cluster was founded with; at least one.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<Rebalanced>> LeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>What <see cref="LeaveAsync"/> would move. Changes nothing.</summary>
    /// <param name="groups">Groups that the cluster was founded with; at least one.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<MovePlan>> PlanLeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Pins a shard to a group: the cluster moves it there in the background, and balancing leaves it there.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="group">A member.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<Rebalanced>> MoveAsync(
        ShardId shard, GroupId group, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>What <see cref="MoveAsync"/> would move. Changes nothing.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="group">A member.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<MovePlan>> PlanMoveAsync(
        ShardId shard, GroupId group, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves a shard, and waits until the group serves it; does not pin. Clients see nothing of it but a pause. At
    /// the deadline (<see cref="ShardsClientOptions.MoveDeadline"/>) a move that has begun goes on, and the result is
    /// <see cref="AdminResult{T}.Unknown"/>; asked for again it is followed further. A shard that is there already is
    /// answered at once.
    /// </summary>
    /// <param name="shard">The shard.</param>
    /// <param name="target">A member.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<MoveStatus>> MigrateAsync(
        ShardId shard, GroupId target, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves a shard back to where its last move took it from, within a window after that move, and waits as <see
    /// cref="MigrateAsync"/> does. Nothing that was written since is lost.
    /// </summary>
    /// <param name="shard">The shard.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<MoveStatus>> UndoMoveAsync(
        ShardId shard, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>The state of the newest move of a shard.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait; a request that was sent may still take effect.</param>
    Task<AdminResult<MoveStatus>> MoveStatusAsync(
        ShardId shard, CallOptions? call = null, CancellationToken cancellationToken = default);
}
