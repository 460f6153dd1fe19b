using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Json;

namespace OrleansShards.Client.Requests;

internal sealed class ShardsAdmin(RequestTracker tracker, IOptions<ShardsClientOptions> options) : IShardsAdmin
{
    /// <inheritdoc />
    public Task<AdminResult<ClusterStatusReply>> ClusterStatusAsync(
        CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<ClusterStatusReply>(new QueryClusterStatus(), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<SwitchoverReply>> SwitchoverAsync(
        MasterName to, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<SwitchoverReply>(new Switchover(to), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<FailoverReply>> TriggerFailoverAsync(
        MasterName failed, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<FailoverReply>(new TriggerFailover(failed), call, cancellationToken);

    /// <inheritdoc />
    public async Task<AdminResult<JsonText>> PrepareHandOverAsync(
        ShardId shard, GroupId source, GroupId target, CallOptions? call, CancellationToken cancellationToken)
    {
        AdminResult<ShardSnapshotReply> result = await OfShard<ShardSnapshotReply>(
            source, shard, new PrepareMigration(target), call, cancellationToken).ConfigureAwait(false);
        return result switch
        {
            AdminResult<ShardSnapshotReply>.Done done => new AdminResult<JsonText>.Done(done.Value.Snapshot),
            AdminResult<ShardSnapshotReply>.NotApplied failure => new AdminResult<JsonText>.NotApplied(failure.Reason),
            AdminResult<ShardSnapshotReply>.Unknown failure => new AdminResult<JsonText>.Unknown(failure.Reason),
            _ => throw new InvalidOperationException($"{result} is no result"),
        };
    }

    /// <inheritdoc />
    public Task<AdminResult<ShardDone>> ReceiveHandOverAsync(
        ShardId shard,
        GroupId source,
        GroupId target,
        JsonText snapshot,
        CallOptions? call,
        CancellationToken cancellationToken) =>
        OfShard<ShardDone>(target, shard, new ReceiveShard(snapshot, source), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<ShardDone>> ConfirmHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call, CancellationToken cancellationToken) =>
        OfShard<ShardDone>(source, shard, new ConfirmReceived(), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<ShardDone>> AbortHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call, CancellationToken cancellationToken) =>
        OfShard<ShardDone>(source, shard, new AbortMigration(), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<Rebalanced>> JoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<Rebalanced>(new JoinGroups(Listed(groups), PlanOnly: false), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MovePlan>> PlanJoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<MovePlan>(new JoinGroups(Listed(groups), PlanOnly: true), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<Rebalanced>> LeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<Rebalanced>(new LeaveGroups(Listed(groups), PlanOnly: false), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MovePlan>> PlanLeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<MovePlan>(new LeaveGroups(Listed(groups), PlanOnly: true), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<Rebalanced>> MoveAsync(
        ShardId shard, GroupId group, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<Rebalanced>(new PinShard(shard, group, PlanOnly: false), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MovePlan>> PlanMoveAsync(
        ShardId shard, GroupId group, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<MovePlan>(new PinShard(shard, group, PlanOnly: true), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MoveStatus>> MigrateAsync(
        ShardId shard, GroupId target, CallOptions? call, CancellationToken cancellationToken) =>
        AskAsync<MoveStatus>(new ClientRequest.Move(shard, target), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MoveStatus>> UndoMoveAsync(
        ShardId shard, CallOptions? call, CancellationToken cancellationToken) =>
        AskAsync<MoveStatus>(new ClientRequest.Move(shard, null), call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<MoveStatus>> MoveStatusAsync(
        ShardId shard, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<MoveStatus>(new QueryMove(shard), call, cancellationToken);

    private static ImmutableArray<GroupId> Listed(IEnumerable<GroupId> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return [.. groups];
    }

    private Task<AdminResult<T>> OfPrimary<T>(Message request, CallOptions? call, CancellationToken cancellationToken)
        where T : Message => AskAsync<T>(new ClientRequest.OfPrimary(request), call, cancellationToken);

    private Task<AdminResult<T>> OfShard<T>(
        GroupId group, ShardId shard, Message request, CallOptions? call, CancellationToken cancellationToken)
        where T : Message => AskAsync<T>(new ClientRequest.OfShard(group, shard, request), call, cancellationToken);

    private async Task<AdminResult<T>> AskAsync<T>(
        ClientRequest request, CallOptions? call, CancellationToken cancellationToken)
        where T : Message
    {
        TimeSpan usual = request is ClientRequest.Move ? options.Value.MoveDeadline : options.Value.Deadline;
        TimeSpan deadline = call?.Deadline ?? usual;
        ClientOutcome outcome = await tracker.AskAsync(request, deadline, cancellationToken)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        return outcome switch
        {
            ClientOutcome.Applied { Reply: T value } => new AdminResult<T>.Done(value),
            ClientOutcome.Applied applied => new AdminResult<T>.Unknown($"answered with {applied.Reply}"),
            ClientOutcome.Rejected rejected => new AdminResult<T>.NotApplied(KeyOutcome.TextOf(rejected.Reply)),
            ClientOutcome.NotApplied failure => new AdminResult<T>.NotApplied(failure.Text),
            ClientOutcome.Unknown failure => new AdminResult<T>.Unknown(failure.Text),
            _ => throw new InvalidOperationException($"{outcome} is no outcome"),
        };
    }
}
