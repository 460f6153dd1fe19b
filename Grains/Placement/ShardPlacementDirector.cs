using Orleans.Runtime.Placement;

namespace OrleansShards.Grains.Placement;

/// <summary>Places groups and shards where they belong.</summary>
internal sealed class ShardPlacementDirector(GroupPlacement homes) : IPlacementDirector
{
    /// <inheritdoc />
    public Task<SiloAddress> OnAddActivation(
        PlacementStrategy strategy, PlacementTarget target, IPlacementContext context) =>
        Task.FromResult(homes.Find(target.GrainIdentity.Key.ToString()!, context.GetCompatibleSilos(target)));
}
