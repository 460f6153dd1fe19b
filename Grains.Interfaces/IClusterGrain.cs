using OrleansShards.Core.Masters;

namespace OrleansShards.Grains.Interfaces;

/// <summary>What every silo of a cluster was started with; key 0, answered by the silo that a client talks to.</summary>
[Alias("OrleansShards.IClusterGrain")]
public interface IClusterGrain : IGrainWithIntegerKey
{
    /// <summary>The names of masters and groups, and the number of shards.</summary>
    [Alias("definition")]
    Task<ClusterDefinition> Definition();
}
