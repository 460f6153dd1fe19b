using Orleans.Concurrency;
using Orleans.Placement;
using OrleansShards.Core.Groups;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Placement;

namespace OrleansShards.Grains.Nodes;

/// <summary>A replica group as the masters see it.</summary>
[GrainType("orleans-shards.group")]
[Reentrant]
[Immovable]
[KeepAlive]
[ShardPlacement]
internal sealed class GroupGrain(NodeServices services, GroupPlacement homes, ISiloStatusOracle silos)
    : PlacedGrain(services, homes, silos), IGroupGrain
{
    /// <inheritdoc />
    protected override NodeAddress Address => NodeAddress.Of(new GroupId(this.GetPrimaryKeyString()));

    public Task<HeartbeatReply> Ping()
    {
        var group = (GroupNode)Shell.Node;
        return Task.FromResult(new HeartbeatReply(group.Primary, group.Term));
    }
}
