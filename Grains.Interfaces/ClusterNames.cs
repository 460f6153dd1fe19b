namespace OrleansShards.Grains.Interfaces;

/// <summary>Default names of the Orleans cluster. Silos and clients find each other only if their names agree.</summary>
public static class ClusterNames
{
    /// <summary>The cluster's name.</summary>
    public const string ClusterId = "orleans-shards";

    /// <summary>The service's name: part of the grains' identity in storage.</summary>
    public const string ServiceId = "orleans-shards";

    /// <summary>The port on which a silo accepts clients, if it is the only silo of its machine.</summary>
    public const int GatewayPort = 30000;
}
