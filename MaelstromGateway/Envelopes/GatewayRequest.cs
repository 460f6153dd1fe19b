using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Requests;

namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>
/// One request from its line to its reply; the gateway has no other object for it. The reader's thread fills it, after that only
/// <see cref="Requests.FrontEnd"/> changes it. <paramref name="source"/> asks the node <paramref name="destination"/>.
/// </summary>
internal sealed class GatewayRequest(PeerName source, PeerName destination) : IOutcomeReceiver
{
    internal PeerName Source { get; } = source;
    internal PeerName Destination { get; } = destination;

    /// <summary>Its <c>msg_id</c>; a request without one is carried out but not answered.</summary>
    internal long? MessageId { get; init; }

    /// <summary>The length of its line, for the <see cref="RequestBudget"/>.</summary>
    internal int LineBytes { get; init; }

    /// <summary>The handler of its message type; null if it is refused.</summary>
    internal Handler? Handler { get; set; }

    /// <summary>What is asked: a <see cref="ClientRequest"/> or an <see cref="Init"/>; null if it is refused.</summary>
    internal Message? Asked { get; set; }

    /// <summary>What is wrong with it as it came, or null. A refused request still waits for its turn.</summary>
    internal ErrorReply? Refusal { get; set; }

    /// <summary>The request behind this one in its lane.</summary>
    internal GatewayRequest? Next { get; set; }

    /// <summary>Who takes its outcome; set before it is submitted to the cluster.</summary>
    internal FrontEnd? FrontEnd { get; set; }

    public void Completed(ClientOutcome outcome) => FrontEnd!.OnCompleted(this, outcome);
}
