using Microsoft.Extensions.Logging;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Grains.Nodes;

/// <summary>What a node's shell needs of the silo and of its grain.</summary>
internal sealed record ShellContext
{
    /// <summary>Carries store requests out.</summary>
    internal required StoreRunner Store { get; init; }

    /// <summary>Calls other nodes.</summary>
    internal required GrainCalls Calls { get; init; }

    /// <summary>What the masters have published, as far as it has come to this silo.</summary>
    internal required NotificationHub Notices { get; init; }

    /// <summary>What the shell has to tell of its node.</summary>
    internal required ShardsMetrics Metrics { get; init; }

    /// <summary>The clock.</summary>
    internal required TimeProvider Clock { get; init; }

    /// <summary>Where alarms and defects go.</summary>
    internal required ILogger Logger { get; init; }

    /// <summary>Tells everybody who listens.</summary>
    internal required Action<Message> Publish { get; init; }

    /// <summary>The node has failed: its activation is to end.</summary>
    internal required Action Stopped { get; init; }
}
