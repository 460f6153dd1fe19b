namespace OrleansShards.ClusterClient;

internal static class Placeholder;
