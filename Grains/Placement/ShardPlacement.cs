using Orleans.Placement;

namespace OrleansShards.Grains.Placement;

/// <summary>A group and its shards are placed on the silos that carry the group's name.</summary>
[Serializable, GenerateSerializer, Immutable]
internal sealed class ShardPlacement : PlacementStrategy
{
    internal static ShardPlacement Instance { get; } = new();
}

/// <summary>Marks the grains of groups and shards with <see cref="ShardPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ShardPlacementAttribute() : PlacementAttribute(ShardPlacement.Instance);
