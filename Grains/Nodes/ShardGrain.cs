using Orleans.Concurrency;
using Orleans.Placement;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Placement;

namespace OrleansShards.Grains.Nodes;

/// <summary>One group's copy of one shard.</summary>
[GrainType("orleans-shards.shard")]
[Reentrant]
[Immovable]
[ShardPlacement]
internal sealed class ShardGrain(NodeServices services, GroupPlacement homes, ISiloStatusOracle silos)
    : PlacedGrain(services, homes, silos), IShardGrain
{
    /// <inheritdoc />
    protected override NodeAddress Address =>
        GrainCalls.TryParseKey(this.GetPrimaryKeyString(), out var group, out var shard)
            ? NodeAddress.Of(group, shard)
            : throw new InvalidOperationException(
                $"'{this.GetPrimaryKeyString()}' is no shard's key; expected GROUP/NUMBER");

    public Task<ShardReply> OnKey(KeyRequest request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Seed(SeedShard request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Prepare(PrepareMigration request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Snapshot(GetShardSnapshot request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Receive(ReceiveShard request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Confirm(ConfirmReceived request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Abort(AbortMigration request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Availability(QueryAvailability request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Ownership(QueryOwnership request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Relinquish(RelinquishShard request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> CheckContent(CheckContent request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Discard(DiscardCopy request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Serving(QueryServing request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> DriveMove(DriveMove request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> SealForMove(SealForMove request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> MoveReady(MoveReady request) => Shell.Ask<ShardReply>(request);

    public Task<ShardReply> Size(QueryShardSize request) => Shell.Ask<ShardReply>(request);
}
