using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Nodes;

/// <summary>What can happen to a node. The instant at which it happens comes beside it.</summary>
public abstract record Event
{
    private Event()
    {
    }

    /// <summary>The node's first event: it may start to read its log.</summary>
    public sealed record Started : Event
    {
        /// <summary>The only instance.</summary>
        public static Started Instance { get; } = new();
    }

    /// <summary>Time has passed. A host ticks every node at least every 100 ms; deadlines are met to a tick.</summary>
    public sealed record Tick : Event
    {
        /// <summary>The only instance.</summary>
        public static Tick Instance { get; } = new();
    }

    /// <summary>
    /// The host has nothing more for the node at this moment. What was proposed is now put as one record: group
    /// commit takes in all that came in one turn, also when no put is under way.
    /// </summary>
    public sealed record Flush : Event
    {
        /// <summary>The only instance.</summary>
        public static Flush Instance { get; } = new();
    }

    /// <summary>Somebody calls. Exactly one <see cref="Effect.Answer"/> belongs to it, now or later.</summary>
    /// <param name="Id">The call, to be named in the answer.</param>
    /// <param name="From">The caller.</param>
    /// <param name="Request">What is asked.</param>
    public sealed record Called(CallId Id, NodeAddress From, Message Request) : Event;

    /// <summary>A call of this node was answered.</summary>
    /// <param name="Id">The call.</param>
    /// <param name="Reply">The answer.</param>
    public sealed record Answered(CallId Id, Message Reply) : Event;

    /// <summary>A call of this node got no answer.</summary>
    /// <param name="Id">The call.</param>
    /// <param name="Delivered">False only where it is certain that the request never reached its receiver.</param>
    /// <param name="Reason">For people.</param>
    public sealed record CallFailed(CallId Id, bool Delivered, string Reason) : Event;

    /// <summary>The host hands a client's router a request. Exactly one <see cref="Effect.Complete"/> belongs to it.</summary>
    /// <param name="Ticket">The host's own number for it.</param>
    /// <param name="Request">What is asked.</param>
    /// <param name="Deadline">How long the router may try before it says what it knows.</param>
    public sealed record Submitted(ulong Ticket, Message Request, TimeSpan Deadline) : Event;

    /// <summary>Something was published by the node that leads the masters.</summary>
    /// <param name="Notice">What.</param>
    public sealed record Published(Message Notice) : Event;

    /// <summary>The store did, or failed to do, what an effect asked.</summary>
    /// <param name="Completion">What came of it.</param>
    public sealed record Stored(StoreCompletion Completion) : Event;
}
