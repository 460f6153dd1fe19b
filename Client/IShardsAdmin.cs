using OrleansShards.Core.Json;

namespace OrleansShards.Client;

/// <summary>
/// What an operator asks of a cluster. Thread-safe. Everything here may be asked again without harm; deadlines,
/// cancelling and the wait for a connection are those of <see cref="IKeyOperations"/>.
/// </summary>
public interface IShardsAdmin
{
    /// <summary>The masters, the newest shard map, the groups' heartbeats, the recent takeovers.</summary>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<ClusterStatusReply>> ClusterStatusAsync(
        CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Hands the primary's role over as planned; requests that are under way go on.</summary>
    /// <param name="to">Who is to lead.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<SwitchoverReply>> SwitchoverAsync(
        MasterName to, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Deposes a master that has failed, and promotes the shadow.</summary>
    /// <param name="failed">The master to be deposed.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<FailoverReply>> TriggerFailoverAsync(
        MasterName failed, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>First step of a hand-over: the source seals the shard, reads go on, and answers its snapshot.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="source">The group that has it.</param>
    /// <param name="target">The group that is to have it.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<JsonText>> PrepareHandOverAsync(
        ShardId shard,
        GroupId source,
        GroupId target,
        CallOptions? call = null,
        CancellationToken cancellationToken = default);

    /// <summary>Second step: the target installs the snapshot and serves.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="source">The group that sealed it.</param>
    /// <param name="target">The group that is to have it.</param>
    /// <param name="snapshot">What the first step answered.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<ShardDone>> ReceiveHandOverAsync(
        ShardId shard,
        GroupId source,
        GroupId target,
        JsonText snapshot,
        CallOptions? call = null,
        CancellationToken cancellationToken = default);

    /// <summary>Last step: the source deletes its copy and redirects.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="source">The group that had it.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<ShardDone>> ConfirmHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Instead of the second step or the last: the source serves again, the target discards.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="source">The group that sealed it.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<ShardDone>> AbortHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Groups become members: the fewest moves that balance the shards begin, and go on by themselves. A group that
    /// is one already stays one.
    /// </summary>
    /// <param name="groups">Groups that the cluster was founded with; at least one.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<Rebalanced>> JoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>What <see cref="JoinAsync"/> would move. Changes nothing.</summary>
    /// <param name="groups">Groups that the cluster was founded with; at least one.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<MovePlan>> PlanJoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Groups are members no longer: their shards move to the others, pinned ones too. One member at least has to stay.</summary>
    /// <param name="groups">Groups that the cluster was founded with; at least one.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<Rebalanced>> LeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>What <see cref="LeaveAsync"/> would move. Changes nothing.</summary>
    /// <param name="groups">Groups that the cluster was founded with; at least one.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<MovePlan>> PlanLeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Pins a shard to a group: it moves there by itself, and balancing leaves it there.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="group">A member.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<Rebalanced>> MoveAsync(
        ShardId shard, GroupId group, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>What <see cref="MoveAsync"/> would move. Changes nothing.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="group">A member.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
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
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<MoveStatus>> MigrateAsync(
        ShardId shard, GroupId target, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves a shard back to where its last move took it from, within a window after that move, and waits as <see
    /// cref="MigrateAsync"/> does. Nothing that was written since is lost.
    /// </summary>
    /// <param name="shard">The shard.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<MoveStatus>> UndoMoveAsync(
        ShardId shard, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>How the newest move of a shard stands.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="call">What this call says for itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AdminResult<MoveStatus>> MoveStatusAsync(
        ShardId shard, CallOptions? call = null, CancellationToken cancellationToken = default);
}
