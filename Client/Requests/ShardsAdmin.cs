using Microsoft.Extensions.Options;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Json;

namespace OrleansShards.Client.Requests;

/// <summary>What operators call.</summary>
internal sealed partial class ShardsAdmin(RequestTracker tracker, IOptions<ShardsClientOptions> options) : IShardsAdmin
{
    /// <inheritdoc />
    public Task<AdminResult<ClusterStatusReply>> ClusterStatusAsync(
        CallOptions? call, CancellationToken cancellationToken) => OfPrimary(
            new QueryClusterStatus(), static reply => reply as ClusterStatusReply, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<SwitchoverReply>> SwitchoverAsync(
        MasterName to, CallOptions? call, CancellationToken cancellationToken) => OfPrimary(
            new Switchover(to), static reply => reply as SwitchoverReply, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<FailoverReply>> TriggerFailoverAsync(
        MasterName failed, CallOptions? call, CancellationToken cancellationToken) => OfPrimary(
            new TriggerFailover(failed), static reply => reply as FailoverReply, call, cancellationToken);

    /// <inheritdoc />
    public async Task<AdminResult<JsonText>> PrepareHandOverAsync(
        ShardId shard, GroupId source, GroupId target, CallOptions? call, CancellationToken cancellationToken)
    {
        AdminResult<ShardSnapshotReply> result = await OfShard(
            source, shard, new PrepareMigration(target), static reply => reply as ShardSnapshotReply, call, cancellationToken)
            .ConfigureAwait(false);
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
        OfShard(target, shard, new ReceiveShard(snapshot, source), AsDone, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<ShardDone>> ConfirmHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call, CancellationToken cancellationToken) =>
        OfShard(source, shard, new ConfirmReceived(), AsDone, call, cancellationToken);

    /// <inheritdoc />
    public Task<AdminResult<ShardDone>> AbortHandOverAsync(
        ShardId shard, GroupId source, CallOptions? call, CancellationToken cancellationToken) =>
        OfShard(source, shard, new AbortMigration(), AsDone, call, cancellationToken);

    private static ShardDone? AsDone(Message reply) => reply as ShardDone;

    private Task<AdminResult<T>> OfPrimary<T>(
        Message request, Func<Message, T?> read, CallOptions? call, CancellationToken cancellationToken)
        where T : class => AskAsync(new ClientRequest.OfPrimary(request), read, call, cancellationToken);

    private Task<AdminResult<T>> OfShard<T>(
        GroupId group,
        ShardId shard,
        Message request,
        Func<Message, T?> read,
        CallOptions? call,
        CancellationToken cancellationToken)
        where T : class => AskAsync(new ClientRequest.OfShard(group, shard, request), read, call, cancellationToken);

    private async Task<AdminResult<T>> AskAsync<T>(
        ClientRequest request, Func<Message, T?> read, CallOptions? call, CancellationToken cancellationToken)
        where T : class
    {
        TimeSpan usual = request is ClientRequest.Move ? options.Value.MoveDeadline : options.Value.Deadline;
        TimeSpan deadline = call?.Deadline ?? usual;
        ClientOutcome outcome = await tracker.AskAsync(request, deadline, cancellationToken)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        return outcome switch
        {
            ClientOutcome.Applied applied when read(applied.Reply) is { } value => new AdminResult<T>.Done(value),
            ClientOutcome.Applied applied => new AdminResult<T>.Unknown($"answered with {applied.Reply}"),
            ClientOutcome.Rejected rejected => new AdminResult<T>.NotApplied(KeyOutcome.TextOf(rejected.Reply)),
            ClientOutcome.NotApplied failure => new AdminResult<T>.NotApplied(failure.Text),
            ClientOutcome.Unknown failure => new AdminResult<T>.Unknown(failure.Text),
            _ => throw new InvalidOperationException($"{outcome} is no outcome"),
        };
    }
}
