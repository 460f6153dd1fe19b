namespace OrleansShards.Grains.Interfaces.Wire;

/// <summary>
/// A message that says it all by its type. One that gets a field gets a surrogate of its own: surrogates have no name
/// on the wire, so that is an appended field like any other.
/// </summary>
[GenerateSerializer, Immutable]
internal struct EmptyWire;
