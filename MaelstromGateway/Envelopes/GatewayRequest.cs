using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Errors;
using OrleansShards.MaelstromGateway.Handlers;
using OrleansShards.MaelstromGateway.Lanes;

namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>
/// One line that asks for something, from its reading to its reply: there is no other object for it in the gateway. What is
/// read is checked as far as that goes without a cluster; after that only <see cref="FrontEnd"/> changes it.
/// </summary>
/// <param name="source">Who asks, and hears the answer.</param>
/// <param name="destination">Who is asked, and speaks the answer.</param>
internal sealed class GatewayRequest(PeerName source, PeerName destination) : IOutcomeReceiver
{
    /// <summary>Who asks.</summary>
    internal PeerName Source { get; } = source;

    /// <summary>Who is asked.</summary>
    internal PeerName Destination { get; } = destination;

    /// <summary>Its <c>msg_id</c>; null where none came, and then it is carried out but not answered.</summary>
    internal long? MessageId { get; init; }

    /// <summary>The bytes of its line, for the bound on what is read and not answered.</summary>
    internal int LineBytes { get; init; }

    /// <summary>Its message type; null where it is refused.</summary>
    internal Handler? Handler { get; private set; }

    /// <summary>What is asked: a <see cref="ClientRequest"/> or an <see cref="Init"/>; null where it is refused.</summary>
    internal Message? Asked { get; private set; }

    /// <summary>What is wrong with it as it came; null where it can be carried out. It still waits for its turn.</summary>
    internal ErrorReply? Refusal { get; private set; }

    /// <summary>The lane that it is in, once it is in one.</summary>
    internal Lane? Lane { get; set; }

    /// <summary>The request behind this one in its lane.</summary>
    internal GatewayRequest? Next { get; set; }

    /// <summary>Who hears its outcome; set before the cluster is asked.</summary>
    internal FrontEnd? FrontEnd { get; set; }

    /// <summary>It was read, and asks this.</summary>
    internal void Ask(Handler handler, Message asked) => (Handler, Asked) = (handler, asked);

    /// <summary>It was read, and is refused.</summary>
    internal void Refuse(ErrorReply refusal) => Refusal = refusal;

    /// <inheritdoc/>
    public void Completed(ClientOutcome outcome) => FrontEnd!.Completed(this, outcome);
}
