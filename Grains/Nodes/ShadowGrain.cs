using Orleans.Concurrency;
using Orleans.Placement;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Placement;

namespace OrleansShards.Grains.Nodes;

/// <summary>The cluster's second master.</summary>
[GrainType("orleans-shards.shadow")]
[Reentrant]
[Immovable]
[KeepAlive]
[MasterPlacement]
internal sealed class ShadowGrain(NodeServices services, LocalMasters localMasters)
    : MasterRoleGrain(services, localMasters), IShadowGrain;
