using OrleansShards.Core;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Tests.Core.TestHost;

/// <summary>One run of a node in a test.</summary>
public sealed class TestNode(INode node, Incarnation run)
{
    public INode Node { get; } = node;

    public Incarnation Run { get; } = run;

    /// <summary>False once it has crashed: nothing reaches it any more.</summary>
    public bool IsUp { get; internal set; } = true;

    /// <summary>While true no time passes for it, and what reaches it waits.</summary>
    public bool IsPaused { get; internal set; }

    internal Queue<Event> Backlog { get; } = [];

    internal bool NeedsFlush { get; set; }
}
