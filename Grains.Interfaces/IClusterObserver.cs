using Orleans.Concurrency;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Grains.Interfaces;

/// <summary>Hears what the masters publish: a silo, for all its groups and shards, or a client.</summary>
[Alias("OrleansShards.IClusterObserver")]
public interface IClusterObserver : IGrainObserver
{
    /// <summary>Something was published.</summary>
    [OneWay]
    [Alias("notice")]
    Task Notice(Message notice);
}
