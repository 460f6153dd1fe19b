using OrleansShards.MaelstromGateway.Handlers;
using OrleansShards.MaelstromGateway.Lanes;

namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>One line that asks for something, read and checked as far as that goes without a cluster.</summary>
/// <param name="source">Who asks, and hears the answer.</param>
/// <param name="destination">Who is asked, and speaks the answer.</param>
/// <param name="operation">What is asked, or what is wrong with it.</param>
internal sealed class GatewayRequest(PeerName source, PeerName destination, Operation operation)
{
    /// <summary>Who asks.</summary>
    internal PeerName Source { get; } = source;

    /// <summary>Who is asked.</summary>
    internal PeerName Destination { get; } = destination;

    /// <summary>What is asked.</summary>
    internal Operation Operation { get; } = operation;

    /// <summary>Its <c>msg_id</c>; null where none came, and then it is carried out but not answered.</summary>
    internal long? MessageId { get; init; }

    /// <summary>The bytes of its line, for the bound on what is read and not answered.</summary>
    internal int LineBytes { get; init; }

    /// <summary>The lane that it is in, once it is in one.</summary>
    internal Lane? Lane { get; set; }

    /// <summary>The request behind this one in its lane.</summary>
    internal GatewayRequest? Next { get; set; }
}
