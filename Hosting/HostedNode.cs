using OrleansShards.Core;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Hosting;

/// <summary>One run of one node in a host.</summary>
internal sealed class HostedNode(INode node, Incarnation run)
{
    internal INode Node { get; } = node;

    internal Incarnation Run { get; } = run;

    /// <summary>Whether it has been stepped since its last flush.</summary>
    internal bool NeedsFlush { get; set; }

    /// <summary>
    /// Set when a step has thrown: the node is stepped no more, and another run may replace it later.
    /// </summary>
    internal Instant? FailedAt { get; set; }
}
