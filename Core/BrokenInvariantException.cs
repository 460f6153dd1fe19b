namespace OrleansShards.Core;

/// <summary>A broken invariant: the node that throws it must be stopped and its numbers reported.</summary>
public sealed class BrokenInvariantException(string text) : Exception(text);
