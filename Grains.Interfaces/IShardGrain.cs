using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Interfaces;

/// <summary>One group's copy of one shard, keyed <c>GROUP/NUMBER</c>.</summary>
/// <remarks>
/// Every method ends in one answer: the one named, or <see cref="ShardRefusal"/> (definite) or
/// <see cref="ShardUnknown"/> (it may take effect). After an exception (a dead silo, a time-out) the outcome is unknown: an
/// operation on a key is repeated in the same session, other requests are repeated unchanged.
/// </remarks>
[Alias("OrleansShards.IShardGrain")]
public interface IShardGrain : IGrainWithStringKey
{
    /// <summary>An operation on a key. <see cref="KeyReply"/>.</summary>
    [Alias("onKey")] Task<ShardReply> OnKey(KeyRequest request);

    /// <summary>Replaces the shard's content. <see cref="ShardDone"/>.</summary>
    [Alias("seed")] Task<ShardReply> Seed(SeedShard request);

    /// <summary>Seals the shard for a hand-over. <see cref="ShardSnapshotReply"/>.</summary>
    [Alias("prepare")] Task<ShardReply> Prepare(PrepareMigration request);

    /// <summary>A consistent copy of the shard. <see cref="ShardSnapshotReply"/>.</summary>
    [Alias("snapshot")] Task<ShardReply> Snapshot(GetShardSnapshot request);

    /// <summary>Installs a snapshot and serves. <see cref="ShardDone"/>.</summary>
    [Alias("receive")] Task<ShardReply> Receive(ReceiveShard request);

    /// <summary>The target has the shard: the source deletes it and redirects. <see cref="ShardDone"/>.</summary>
    [Alias("confirm")] Task<ShardReply> Confirm(ConfirmReceived request);

    /// <summary>Rolls a prepared hand-over back. <see cref="ShardDone"/>.</summary>
    [Alias("abort")] Task<ShardReply> Abort(AbortMigration request);

    /// <summary>Whether the copy takes reads and writes now. <see cref="ShardAvailability"/>.</summary>
    [Alias("availability")] Task<ShardReply> Availability(QueryAvailability request);

    /// <summary>The epoch of the copy's ownership. <see cref="OwnershipReply"/>.</summary>
    [Alias("ownership")] Task<ShardReply> Ownership(QueryOwnership request);

    /// <summary>Another group's copy claims the shard. <see cref="Relinquished"/>.</summary>
    [Alias("yield")] Task<ShardReply> Relinquish(RelinquishShard request);

    /// <summary>Another group's copy asks whether its content is what was sealed here. <see cref="Relinquished"/>.</summary>
    [Alias("checkContent")] Task<ShardReply> CheckContent(CheckContent request);

    /// <summary>The source has aborted: discard what was received. <see cref="ShardDone"/>.</summary>
    [Alias("discard")] Task<ShardReply> Discard(DiscardCopy request);

    /// <summary>Whether the target has taken the shard. <see cref="ServingReply"/>.</summary>
    [Alias("serving")] Task<ShardReply> Serving(QueryServing request);

    /// <summary>The primary advances a move of the shard. <see cref="MoveProgress"/>.</summary>
    [Alias("driveMove")] Task<ShardReply> DriveMove(DriveMove request);

    /// <summary>The target of a move asks its source to seal. <see cref="MoveSealed"/>.</summary>
    [Alias("sealForMove")] Task<ShardReply> SealForMove(SealForMove request);

    /// <summary>The target of a move has caught up, and asks its source for the decision. <see cref="MoveReadyReply"/>.</summary>
    [Alias("moveReady")] Task<ShardReply> MoveReady(MoveReady request);

    /// <summary>The copy's size. <see cref="ShardSize"/>.</summary>
    [Alias("size")] Task<ShardReply> Size(QueryShardSize request);

    /// <summary>Takes a checkpoint for a backup. <see cref="ShardCheckpointed"/>.</summary>
    [Alias("checkpoint")] Task<ShardReply> Checkpoint(CheckpointShard request);

    /// <summary>Receives a piece of a backup. <see cref="RestoreProgress"/>.</summary>
    [Alias("restore")] Task<ShardReply> Restore(RestoreShard request);

    /// <summary>The restore is decided. <see cref="ShardDone"/>.</summary>
    [Alias("endRestore")] Task<ShardReply> EndRestore(EndRestore request);
}
