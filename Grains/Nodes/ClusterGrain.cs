using Orleans.Concurrency;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;

namespace OrleansShards.Grains.Nodes;

/// <summary>Says what the silo that is asked was started with.</summary>
[GrainType("orleans-shards.cluster")]
[StatelessWorker(1)]
internal sealed class ClusterGrain(ClusterIdentity identity) : Grain, IClusterGrain
{
    public Task<ClusterDefinition> Definition() => identity.Known;
}
