namespace OrleansShards.Core.Nodes;

/// <summary>
/// A deterministic state machine that a host drives: events in, effects out, nothing else. The same events at the
/// same instants give the same effects, on any machine.
/// </summary>
/// <remarks>
/// One thread at a time. A host carries the effects out in their order and delivers what comes of them as further
/// events; it may deliver completions in any order, late, or (after a crash) never. An exception out of
/// <see cref="Step"/> is a defect or damaged data: the host stops the node and reports it, the others go on.
/// A host delivers a call at most once: only then is a refusal the end of it. (Safety does not depend on that: a call
/// that arrives twice is carried out once, in the session that it names.)
/// </remarks>
public interface INode
{
    /// <summary>Where others reach this node.</summary>
    NodeAddress Address { get; }

    /// <summary>Takes one event in and adds what is to be done to <paramref name="effects"/>.</summary>
    /// <param name="now">The node's own monotonic clock; never earlier than in the step before.</param>
    /// <param name="happened">What happened.</param>
    /// <param name="effects">Where effects are added, in the order in which they are to be carried out.</param>
    void Step(Instant now, Event happened, List<Effect> effects);
}
