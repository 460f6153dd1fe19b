using Orleans.Concurrency;
using Orleans.Placement;
using OrleansShards.Core.Nodes;
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
internal sealed class ShardGrain(NodeServices services, GroupHomes homes, ISiloStatusOracle silos)
    : HomingGrain(services, homes, silos), IShardGrain
{
    /// <inheritdoc />
    protected override NodeAddress Address =>
        GrainCalls.TryParseKey(this.GetPrimaryKeyString(), out var group, out var shard)
            ? NodeAddress.Of(group, shard)
            : throw new InvalidOperationException(
                $"'{this.GetPrimaryKeyString()}' is no shard's key; expected GROUP/NUMBER");

    public Task<Message> OnKey(KeyRequest request) => Shell.Ask(request);

    public Task<Message> Seed(SeedShard request) => Shell.Ask(request);

    public Task<Message> Prepare(PrepareMigration request) => Shell.Ask(request);

    public Task<Message> Snapshot(GetShardSnapshot request) => Shell.Ask(request);

    public Task<Message> Receive(ReceiveShard request) => Shell.Ask(request);

    public Task<Message> Confirm(ConfirmReceived request) => Shell.Ask(request);

    public Task<Message> Abort(AbortMigration request) => Shell.Ask(request);

    public Task<Message> Availability(QueryAvailability request) => Shell.Ask(request);

    public Task<Message> Standing(QueryStanding request) => Shell.Ask(request);

    public Task<Message> Yield(YieldShard request) => Shell.Ask(request);

    public Task<Message> CheckContent(CheckContent request) => Shell.Ask(request);

    public Task<Message> Discard(DiscardCopy request) => Shell.Ask(request);

    public Task<Message> Serving(QueryServing request) => Shell.Ask(request);

    public Task<Message> DriveMove(DriveMove request) => Shell.Ask(request);

    public Task<Message> SealForMove(SealForMove request) => Shell.Ask(request);

    public Task<Message> MoveReady(MoveReady request) => Shell.Ask(request);

    public Task<Message> Size(QueryShardSize request) => Shell.Ask(request);
}
