using OrleansShards.Core.Masters;

namespace OrleansShards.Grains.Interfaces;

/// <summary>A replica group as the masters see it, keyed by its name: sends its heartbeat to the primary.</summary>
[Alias("OrleansShards.IGroupGrain")]
public interface IGroupGrain : IGrainWithStringKey
{
    /// <summary>Makes sure that the group runs; answers who it takes for the primary.</summary>
    [Alias("ping")]
    Task<HeartbeatReply> Ping();
}
