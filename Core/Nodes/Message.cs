namespace OrleansShards.Core.Nodes;

/// <summary>
/// What nodes say to each other: a request, or the answer to one. Immutable. Every request may arrive late, twice or
/// never, and says enough about itself (shard, epoch, term, session) for the receiver to tell.
/// </summary>
public abstract record Message;
