using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;

namespace OrleansShards.ClusterClient;

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
    Task<AdminResult<SwitchOverReply>> SwitchOverAsync(
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
}
