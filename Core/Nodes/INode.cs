using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Nodes;

/// <summary>
/// A deterministic state machine that a host drives: events in, effects out. The same events at the same instants give
/// the same effects, on any machine.
/// </summary>
/// <remarks>
/// One thread at a time. A host carries effects out in order and delivers their results as further events; it may
/// deliver completions in any order, late, or (after a crash) never. An exception from <see cref="Step"/> is a defect or
/// damaged data: the host stops the node and reports it; other nodes continue. A host delivers a call at most once, so
/// that a refusal is final. (Safety does not depend on that: a call that arrives twice takes effect once, in its session.)
/// </remarks>
public interface INode
{
    /// <summary>Where others reach this node.</summary>
    NodeAddress Address { get; }

    /// <summary>
    /// Handles one event and adds effects, in the order in which the host is to carry them out. <paramref name="now"/> is the
    /// node's own monotonic clock, never earlier than in the step before.
    /// </summary>
    void Step(Instant now, Event happened, List<Effect> effects);
}

/// <summary>
/// An action that a node requests from its host. The effects of a step are in order, and an <see cref="Answer"/> is
/// among them only when everything that it acknowledges is durable. A host may run effects concurrently, as long as it
/// begins them in order.
/// </summary>
public abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>
    /// Send a request to the store. Its completion comes back as <see cref="Event.Stored"/>. The host sees to it that one always does: if
    /// the store does not answer, after a deadline of the host's, so that no node counts the time of its requests.
    /// </summary>
    public sealed record Store(StoreRequest Request) : Effect;

    /// <summary>Call another node. Comes back as <see cref="Event.Answered"/> or <see cref="Event.CallFailed"/>.</summary>
    public sealed record Call(CallId Id, NodeAddress To, Message Request) : Effect
    {
        /// <summary>The ticket of the submitted request that a router makes the call for; 0 for a call of any other node.</summary>
        public ulong Ticket { get; init; }
    }

    /// <summary>Answer another node's call.</summary>
    public sealed record Answer(CallId Id, Message Reply) : Effect;

    /// <summary>Tell every group and client that listens. Best effort: nothing may depend on its arrival.</summary>
    public sealed record Publish(Message Notice) : Effect;

    /// <summary>Finish a request that the host submitted to a client's router, named by the host's own ticket.</summary>
    public sealed record Complete(ulong Ticket, Message Outcome) : Effect;

    /// <summary>Tell the operator what was seen, with the numbers. The node itself has already done what is safe.</summary>
    public sealed record Alarm(string Text) : Effect;
}
