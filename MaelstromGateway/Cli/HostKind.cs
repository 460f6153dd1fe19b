namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>What carries the cluster that a gateway serves.</summary>
internal enum HostKind
{
    /// <summary>The light host in this process, or that of another gateway with the same cluster's name.</summary>
    InProcess = 1,

    /// <summary>A silo in this process, which is a cluster of one.</summary>
    Silo = 2,

    /// <summary>Silos in other processes; this one is their client.</summary>
    OtherSilos = 3,
}
