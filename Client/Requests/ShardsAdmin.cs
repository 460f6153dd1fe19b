using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Json;

namespace OrleansShards.Client.Requests;

internal sealed class ShardsAdmin(RequestTracker tracker, IOptions<ShardsClientOptions> options) : IShardsAdmin
{
    public Task<AdminResult<ClusterStatusReply>> ClusterStatusAsync(
        CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<ClusterStatusReply>(new QueryClusterStatus(), call, cancellationToken);

    public Task<AdminResult<SwitchoverReply>> SwitchoverAsync(
        MasterName to, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<SwitchoverReply>(new Switchover(to), call, cancellationToken);

    public Task<AdminResult<FailoverReply>> TriggerFailoverAsync(
        MasterName failed, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<FailoverReply>(new TriggerFailover(failed), call, cancellationToken);

    public Task<AdminResult<JsonText>> PrepareHandOverAsync(
        ShardId shard, GroupId source, GroupId target, CallOptions? call, CancellationToken cancellationToken) => AskAsync(
            new ClientRequest.OfShard(source, shard, new PrepareMigration(target)),
            static (ShardSnapshotReply reply) => reply.Snapshot,
            call,
            cancellationToken);

    public Task<AdminResult<ShardDone>> ReceiveHandOverAsync(
        ShardId shard, GroupId source, GroupId target, JsonText snapshot, CallOptions? call, CancellationToken cancellationToken) =>
        OfShard(target, shard, new ReceiveShard(snapshot, source), call, cancellationToken);

    public Task<AdminResult<ShardDone>> ConfirmHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call, CancellationToken cancellationToken) =>
        OfShard(source, shard, new ConfirmReceived(), call, cancellationToken);

    public Task<AdminResult<ShardDone>> AbortHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call, CancellationToken cancellationToken) =>
        OfShard(source, shard, new AbortMigration(), call, cancellationToken);

    public Task<AdminResult<Rebalanced>> JoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<Rebalanced>(new JoinGroups(Listed(groups), PlanOnly: false), call, cancellationToken);

    public Task<AdminResult<MovePlan>> PlanJoinAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<MovePlan>(new JoinGroups(Listed(groups), PlanOnly: true), call, cancellationToken);

    public Task<AdminResult<Rebalanced>> LeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<Rebalanced>(new LeaveGroups(Listed(groups), PlanOnly: false), call, cancellationToken);

    public Task<AdminResult<MovePlan>> PlanLeaveAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<MovePlan>(new LeaveGroups(Listed(groups), PlanOnly: true), call, cancellationToken);

    public Task<AdminResult<GroupsForgotten>> ForgetAsync(
        IEnumerable<GroupId> groups, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<GroupsForgotten>(new ForgetGroups(Listed(groups)), call, cancellationToken);

    public Task<AdminResult<Rebalanced>> MoveAsync(
        ShardId shard, GroupId group, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<Rebalanced>(new PinShard(shard, group, PlanOnly: false), call, cancellationToken);

    public Task<AdminResult<MovePlan>> PlanMoveAsync(
        ShardId shard, GroupId group, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<MovePlan>(new PinShard(shard, group, PlanOnly: true), call, cancellationToken);

    public Task<AdminResult<MoveStatus>> MigrateAsync(
        ShardId shard, GroupId target, CallOptions? call, CancellationToken cancellationToken) =>
        MoveAndWait(shard, target, call, cancellationToken);

    public Task<AdminResult<MoveStatus>> UndoMoveAsync(
        ShardId shard, CallOptions? call, CancellationToken cancellationToken) =>
        MoveAndWait(shard, null, call, cancellationToken);

    public Task<AdminResult<MoveStatus>> MoveStatusAsync(
        ShardId shard, CallOptions? call, CancellationToken cancellationToken) =>
        OfPrimary<MoveStatus>(new QueryMove(shard), call, cancellationToken);

    private static ImmutableArray<GroupId> Listed(IEnumerable<GroupId> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return [.. groups];
    }

    private Task<AdminResult<T>> OfPrimary<T>(Message request, CallOptions? call, CancellationToken cancellationToken)
        where T : Message => AskAsync(new ClientRequest.OfPrimary(request), static (T reply) => reply, call, cancellationToken);

    private Task<AdminResult<ShardDone>> OfShard(
        GroupId group, ShardId shard, Message request, CallOptions? call, CancellationToken cancellationToken) => AskAsync(
            new ClientRequest.OfShard(group, shard, request), static (ShardDone reply) => reply, call, cancellationToken);

    private Task<AdminResult<MoveStatus>> MoveAndWait(
        ShardId shard, GroupId? target, CallOptions? call, CancellationToken cancellationToken) =>
        AskAsync(new ClientRequest.Move(shard, target), static (MoveStatus reply) => reply, call, cancellationToken);

    private async Task<AdminResult<T>> AskAsync<TReply, T>(
        ClientRequest request, Func<TReply, T> read, CallOptions? call, CancellationToken cancellationToken)
        where TReply : Message
    {
        TimeSpan usual = request is ClientRequest.Move ? options.Value.MoveDeadline : options.Value.Deadline;
        ClientOutcome outcome = await tracker.AskAsync(request, call?.Deadline ?? usual, cancellationToken)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        return outcome switch
        {
            ClientOutcome.Applied { Reply: TReply reply } => new AdminResult<T>.Done(read(reply)),
            ClientOutcome.Applied applied => new AdminResult<T>.Unknown(KeyOutcome.NotUnderstood(applied.Reply)),
            ClientOutcome.Rejected rejected => new AdminResult<T>.NotApplied(KeyOutcome.TextOf(rejected.Reply)),
            ClientOutcome.NotApplied failure => new AdminResult<T>.NotApplied(failure.Text),
            ClientOutcome.Unknown failure => new AdminResult<T>.Unknown(failure.Text),
            _ => throw new InvalidOperationException($"{outcome.GetType().Name} is not an outcome"),
        };
    }
}
