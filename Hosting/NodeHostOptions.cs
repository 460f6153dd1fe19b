using OrleansShards.Core;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Hosting;

/// <summary>What a host needs to run nodes.</summary>
public sealed record NodeHostOptions
{
    /// <summary>
    /// Makes a node for an address that is called or was asked for, with a new run; null where there is no such node.
    /// </summary>
    public required Func<NodeAddress, Incarnation, INode?> CreateNode { get; init; }

    /// <summary>
    /// Calls a node that does not run in this host. The task's failure means that the call may have been carried out; an
    /// <see cref="ArgumentException"/> or <see cref="NotSentException"/>, that it was never sent.
    /// </summary>
    /// <value>Null unless set: whatever does not run here does not exist.</value>
    public Func<NodeAddress, Message, Task<Message>>? CallRemote { get; init; }

    /// <summary>The clock. Everything that a node knows of time comes from here.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where alarms and defects are reported; called on the loop's thread.</summary>
    public Action<string> Report { get; init; } = static _ => { };

    /// <summary>How often nodes are ticked.</summary>
    /// <value>10 ms unless set: deadlines of 900 ms are met to about a percent.</value>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a node whose step has thrown stays down before a new run takes its place.</summary>
    /// <value>1 s unless set: a defect that repeats itself does not become a busy loop.</value>
    public TimeSpan RestartAfter { get; init; } = TimeSpan.FromSeconds(1);
}
