using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Lanes;

/// <summary>Which lane a request belongs in.</summary>
/// <param name="Source">Who asks.</param>
/// <param name="Destination">Who is asked.</param>
internal readonly record struct LaneKey(PeerName Source, PeerName Destination);
