using OrleansShards.Core.Masters;

namespace OrleansShards.Hosting;

/// <summary>How a cluster runs in this process.</summary>
public sealed record InProcessClusterOptions
{
    /// <summary>What the cluster is founded with, or has to have been founded with.</summary>
    public required ClusterDefinition Definition { get; init; }

    /// <summary>For how long the primary's log must not have grown before the shadow takes over.</summary>
    /// <value>10 s unless set: the protocol's figure.</value>
    public TimeSpan DetectAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What moves of shards may cost.</summary>
    /// <value>Its defaults unless set.</value>
    public MoveLimits Moves { get; init; } = new();

    /// <summary>How long opening may take before it is given up.</summary>
    /// <value>30 s unless set: enough to replay 16 MiB of log on a slow disk many times over.</value>
    public TimeSpan OpenLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where alarms and defects are reported; called on the loop's thread.</summary>
    public Action<string> Report { get; init; } = static _ => { };
}
