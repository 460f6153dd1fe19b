using Orleans.Concurrency;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Grains.Interfaces;

/// <summary>What every silo of a cluster was started with; key 0, answered by the silo that a client talks to.</summary>
[Alias("OrleansShards.IClusterGrain")]
public interface IClusterGrain : IGrainWithIntegerKey
{
    /// <summary>The names of masters and groups, and the number of shards.</summary>
    [Alias("definition")] Task<ClusterDefinition> Definition();
}

/// <summary>Receives what the masters publish: a silo, for all its groups and shards, or a client.</summary>
[Alias("OrleansShards.IClusterObserver")]
public interface IClusterObserver : IGrainObserver
{
    /// <summary>A master published <paramref name="notice"/>.</summary>
    [OneWay, Alias("notice")] Task Notice(Message notice);
}

/// <summary>A replica group as the masters see it, keyed by its name: sends its heartbeat to the primary.</summary>
[Alias("OrleansShards.IGroupGrain")]
public interface IGroupGrain : IGrainWithStringKey
{
    /// <summary>Activates the group if necessary; answers which master it takes for the primary.</summary>
    [Alias("ping")] Task<HeartbeatReply> Ping();
}
