using Orleans.Placement;

namespace OrleansShards.Grains.Placement;

/// <summary>A master is placed on another silo than the cluster's other master, where there are two.</summary>
[Serializable, GenerateSerializer, Immutable]
internal sealed class MasterPlacement : PlacementStrategy
{
    internal static MasterPlacement Instance { get; } = new();
}

/// <summary>Marks the masters' grains with <see cref="MasterPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class MasterPlacementAttribute() : PlacementAttribute(MasterPlacement.Instance);
