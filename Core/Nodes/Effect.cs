using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Nodes;

/// <summary>
/// What a node wants done. The list that a step fills is in order: an <see cref="Answer"/> stands there only when all
/// that it acknowledges is durable already, so a host may carry effects out as fast as it can, as long as it begins
/// them in this order.
/// </summary>
public abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>Ask the store for something. Its completion comes back as <see cref="Event.Stored"/>.</summary>
    /// <param name="Request">What.</param>
    public sealed record Store(StoreRequest Request) : Effect;

    /// <summary>Call another node. Comes back as <see cref="Event.Answered"/> or <see cref="Event.CallFailed"/>.</summary>
    /// <param name="Id">The call.</param>
    /// <param name="To">Who is called.</param>
    /// <param name="Request">What is asked.</param>
    public sealed record Call(CallId Id, NodeAddress To, Message Request) : Effect;

    /// <summary>Answer a call of another node.</summary>
    /// <param name="Id">The call.</param>
    /// <param name="Reply">The answer.</param>
    public sealed record Answer(CallId Id, Message Reply) : Effect;

    /// <summary>Tell every group and client that listens. Not guaranteed to arrive; nothing may depend on it.</summary>
    /// <param name="Notice">What.</param>
    public sealed record Publish(Message Notice) : Effect;

    /// <summary>Finish a request that the host itself handed to a client's router.</summary>
    /// <param name="Ticket">The host's own number for the request.</param>
    /// <param name="Outcome">What became of it.</param>
    public sealed record Complete(ulong Ticket, Message Outcome) : Effect;

    /// <summary>Tell the operator. The node itself has already done what is safe.</summary>
    /// <param name="Text">What was seen, with the numbers.</param>
    public sealed record Alarm(string Text) : Effect;
}
