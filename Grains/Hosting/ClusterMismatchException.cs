namespace OrleansShards.Grains.Hosting;

/// <summary>A store holds a cluster that was founded with something else; the text says with what.</summary>
public sealed class ClusterMismatchException(string text) : Exception(text);
