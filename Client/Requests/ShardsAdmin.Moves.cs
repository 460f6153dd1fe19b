using System.Collections.Immutable;
using OrleansShards.Client.Routing;

namespace OrleansShards.Client.Requests;

internal sealed partial class ShardsAdmin
{
    /// <inheritdoc />
    public Task<AdminResult<Rebalanced>> JoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary(new JoinGroups(Listed(groups), PlanOnly: false), AsRebalanced, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MovePlan>> PlanJoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary(new JoinGroups(Listed(groups), PlanOnly: true), AsPlan, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<Rebalanced>> LeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary(new LeaveGroups(Listed(groups), PlanOnly: false), AsRebalanced, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MovePlan>> PlanLeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary(new LeaveGroups(Listed(groups), PlanOnly: true), AsPlan, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<Rebalanced>> MoveAsync(
        ShardId shard, GroupId group, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary(new PinShard(shard, group, PlanOnly: false), AsRebalanced, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MovePlan>> PlanMoveAsync(
        ShardId shard, GroupId group, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary(new PinShard(shard, group, PlanOnly: true), AsPlan, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MoveStatus>> MigrateAsync(
        ShardId shard, GroupId target, CallOptions? call, CancellationToken cancellationToken) =>
        AskAsync(new ClientRequest.Move(shard, target), AsStatus, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MoveStatus>> UndoMoveAsync(
        ShardId shard, CallOptions? call, CancellationToken cancellationToken) =>
        AskAsync(new ClientRequest.Move(shard, null), AsStatus, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MoveStatus>> MoveStatusAsync(
        ShardId shard, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary(new QueryMove(shard), AsStatus, call, cancellationToken);

    private static ImmutableArray<GroupId> Listed(IEnumerable<GroupId> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return [.. groups];
    }

    private static Rebalanced? AsRebalanced(Message reply) => reply as Rebalanced;

    private static MovePlan? AsPlan(Message reply) => reply as MovePlan;

    private static MoveStatus? AsStatus(Message reply) => reply as MoveStatus;
}
