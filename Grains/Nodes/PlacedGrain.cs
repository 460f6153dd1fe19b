using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Placement;
using OrleansShards.Core.Groups;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Placement;

namespace OrleansShards.Grains.Nodes;

/// <summary>A node of a group. If it belongs on another silo, which has come back or has just joined, it migrates there.</summary>
internal abstract class PlacedGrain(NodeServices services, GroupPlacement placement, ISiloStatusOracle silos) : NodeGrain(services)
{
    // The grain moves only after this many checks in a row: silos that start and stop in quick succession do not drag it along.
    private const int AwayChecksMax = 5;

    // Not only when the membership changes: the metadata with a silo's groups arrives some time after the silo has joined.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private long _checkedAt;
    private int _awayChecks;

    protected override void OnTick()
    {
        long now = Services.Clock.GetTimestamp();
        if (Services.Clock.GetElapsedTime(_checkedAt, now) < CheckInterval)
            return;

        _checkedAt = now;
        _awayChecks = IsHome() ? 0 : _awayChecks + 1;
        if (_awayChecks > AwayChecksMax)
            MigrateOnIdle();
    }

    private bool IsHome()
    {
        var active = silos.GetActiveSilos();
        return !active.Contains(silos.SiloAddress) || placement.Find(this.GetPrimaryKeyString(), active).Equals(silos.SiloAddress);
    }
}

/// <summary>A replica group as the masters see it.</summary>
[GrainType("orleans-shards.group")]
[Reentrant, Immovable, KeepAlive, ShardPlacement]
internal sealed class GroupGrain(NodeServices services, GroupPlacement placement, ISiloStatusOracle silos)
    : PlacedGrain(services, placement, silos), IGroupGrain
{
    protected override NodeAddress Address => NodeAddress.Of(new GroupId(this.GetPrimaryKeyString()));

    // Nobody else ends a group that was forgotten. One that its silo was started for goes on announcing itself.
    protected override void OnTick()
    {
        base.OnTick();
        if (((GroupNode)Shell.Node).IsStranger && !Services.Carries(new GroupId(this.GetPrimaryKeyString())))
            DeactivateOnIdle();
    }

    public Task<HeartbeatReply> Ping()
    {
        var group = (GroupNode)Shell.Node;
        return Task.FromResult(new HeartbeatReply(group.Primary, group.Term));
    }
}

/// <summary>One group's copy of one shard.</summary>
[GrainType("orleans-shards.shard")]
[Reentrant, Immovable, ShardPlacement]
internal sealed class ShardGrain(NodeServices services, GroupPlacement placement, ISiloStatusOracle silos, LocalShards local)
    : PlacedGrain(services, placement, silos), IShardGrain
{
    private static readonly TimeSpan UsedFor = TimeSpan.FromMinutes(15);

    private long _reportedBytes;
    private long _toldBytes;

    protected override NodeAddress Address =>
        GrainCalls.TryParseKey(this.GetPrimaryKeyString(), out var group, out var shard)
            ? NodeAddress.Of(group, shard)
            : throw new InvalidOperationException($"'{this.GetPrimaryKeyString()}' is not the key of a shard; expected GROUP/NUMBER");

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        TellOfTheSilo();
        local.Add(Shell);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        local.Remove(Shell);
        Services.Content.Report(ref _reportedBytes, 0);
        return base.OnDeactivateAsync(reason, cancellationToken);
    }

    protected override void OnTick()
    {
        base.OnTick();
        if (Shell.HasTakenPosts)
        {
            // Orleans does not know of them, and would end the activation as idle.
            Shell.HasTakenPosts = false;
            DelayDeactivation(UsedFor);
        }

        Services.Content.Report(ref _reportedBytes, ((ShardNode)Shell.Node).State.Bytes);
        TellOfTheSilo();
    }

    private void TellOfTheSilo()
    {
        if (Services.Content.Bytes is var all && all != _toldBytes)
        {
            _toldBytes = all;
            Shell.Tell(new Event.HostMeasured(all));
        }
    }

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
    public Task<ShardReply> Checkpoint(CheckpointShard request) => Shell.Ask<ShardReply>(request);
    public Task<ShardReply> Restore(RestoreShard request) => Shell.Ask<ShardReply>(request);
    public Task<ShardReply> EndRestore(EndRestore request) => Shell.Ask<ShardReply>(request);
}

/// <summary>How many bytes the shards' copies on this silo hold, each as it has reported it last. Thread-safe.</summary>
internal sealed class SiloContent
{
    private readonly ShardsMetrics _metrics;
    private readonly long _limit;
    private long _bytes;

    public SiloContent(ShardsMetrics metrics, IOptions<OrleansShardsOptions> options)
    {
        _metrics = metrics;
        _limit = options.Value.Limits.SiloBytesMax;
        _metrics.Holds(0, _limit);
    }

    internal long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Replaces a copy's last report, <paramref name="reported"/>, by a new one; 0 when the copy leaves the silo.</summary>
    internal void Report(ref long reported, long bytes)
    {
        if (bytes == reported)
            return;

        long all = Interlocked.Add(ref _bytes, bytes - reported);
        reported = bytes;
        _metrics.Holds(all, _limit);
    }
}
