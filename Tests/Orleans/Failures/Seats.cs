namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>Who sits where in a fleet, at a moment when nothing moves.</summary>
/// <param name="Primary">The primary's silo.</param>
/// <param name="Shards">The shards that are served by each silo.</param>
internal sealed record Seats(SiloSlot Primary, ILookup<SiloSlot, int> Shards);
