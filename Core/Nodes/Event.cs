using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Nodes;

/// <summary>An event of a node. Its instant is passed beside it.</summary>
public abstract record Event
{
    private Event()
    {
    }

    /// <summary>The node's first event: it may begin to read its log.</summary>
    public sealed record Started : Event
    {
        /// <summary>The only instance.</summary>
        public static Started Instance { get; } = new();
    }

    /// <summary>
    /// Time has passed. A host ticks every node at least every 100 ms; deadlines are met to a tick. Its wall clock, where it has one,
    /// is for people: no deadline counts by it.
    /// </summary>
    public sealed record Tick(DateTimeOffset? Utc = null) : Event
    {
        /// <summary>A tick of a host without a wall clock.</summary>
        public static Tick Instance { get; } = new();
    }

    /// <summary>
    /// The host has no more events for the node in this turn. What was proposed is now put as one record: group commit
    /// covers a whole turn, even when no put is pending.
    /// </summary>
    public sealed record Flush : Event
    {
        /// <summary>The only instance.</summary>
        public static Flush Instance { get; } = new();
    }

    /// <summary>Another node calls. Exactly one <see cref="Effect.Answer"/> belongs to it, now or later.</summary>
    public sealed record Called(CallId Id, NodeAddress From, Message Request) : Event;

    /// <summary>A call of this node was answered.</summary>
    public sealed record Answered(CallId Id, Message Reply) : Event;

    /// <summary>A call of this node got no answer; not delivered only if it certainly never reached its receiver.</summary>
    public sealed record CallFailed(CallId Id, bool Delivered, string Reason) : Event;

    /// <summary>
    /// The host submits a request to a client's router, which may try until the deadline. Exactly one
    /// <see cref="Effect.Complete"/> with the same ticket belongs to it.
    /// </summary>
    public sealed record Submitted(ulong Ticket, Message Request, TimeSpan Deadline) : Event;

    /// <summary>The primary published something.</summary>
    public sealed record Published(Message Notice) : Event;

    /// <summary>How many bytes all shards on the host hold, as measured last. Only shards use it.</summary>
    public sealed record HostMeasured(long Bytes) : Event;

    /// <summary>The store completed a request of an effect, or failed to.</summary>
    public sealed record Stored(StoreCompletion Completion) : Event;
}
