namespace OrleansShards.Grains.Interfaces;

/// <summary>
/// What silos and clients call their Orleans cluster unless they are told otherwise. Only those that say the same find
/// each other.
/// </summary>
public static class ClusterNames
{
    /// <summary>The cluster's name: silos of another one are not talked to.</summary>
    public const string ClusterId = "orleans-shards";

    /// <summary>The service's name: part of what grains are known by in storage.</summary>
    public const string ServiceId = "orleans-shards";

    /// <summary>The port on which a silo takes clients, where only one silo runs on a machine.</summary>
    public const int GatewayPort = 30000;
}
