namespace OrleansShards.MaelstromGateway.Carriers;

/// <summary>How long a request may take from its turn in its lane to its answer.</summary>
/// <param name="OnKey">For operations on keys.</param>
/// <param name="Other">For all others.</param>
internal sealed record Deadlines(TimeSpan OnKey, TimeSpan Other);
