namespace OrleansShards.Grains.Nodes;

/// <summary>
/// The activation that was called is ending, or its node has failed; what was asked may have been carried out. Asked
/// again, another activation answers.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.NodeStopped")]
internal sealed class NodeStoppedException(string text) : Exception(text);
