using Orleans.Concurrency;
using Orleans.Placement;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Placement;

namespace OrleansShards.Grains.Nodes;

/// <summary>The cluster's first master.</summary>
[GrainType("orleans-shards.master")]
[Reentrant]
[Immovable]
[KeepAlive]
[MasterPlacement]
internal sealed class MasterGrain(NodeServices services, LocalMasters localMasters)
    : MasterRoleGrain(services, localMasters), IMasterGrain;
