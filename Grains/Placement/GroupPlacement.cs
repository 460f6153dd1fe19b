using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace OrleansShards.Grains.Placement;

/// <summary>
/// The silo that a group, or one of its shards, belongs on: one that names the group in its metadata, else one that names no group, else
/// any. Among equals by rendezvous hashing, so that all silos agree and a silo that comes or goes moves only its own share.
/// </summary>
internal sealed class GroupPlacement(ISiloMetadataCache metadata)
{
    /// <summary>The metadata key of the groups that a silo carries, separated by commas.</summary>
    internal const string GroupsKey = "orleans-shards.groups";

    /// <summary>The silo for the grain with a key, <c>GROUP</c> or <c>GROUP/NUMBER</c>, among at least one silo that is up.</summary>
    internal SiloAddress Find(string key, IReadOnlyCollection<SiloAddress> silos)
    {
        int slash = key.LastIndexOf('/');
        string group = slash < 0 ? key : key[..slash];
        return silos.MaxBy(silo => (RankOf(silo, group), WeightOf(key, silo)))
            ?? throw new ArgumentException("no silo to choose from", nameof(silos));
    }

    /// <summary>The groups that a silo names; empty for all.</summary>
    internal string[] GroupsOf(SiloAddress silo) =>
        metadata.GetSiloMetadata(silo).Metadata.GetValueOrDefault(GroupsKey) is { Length: > 0 } groups ? groups.Split(',') : [];

    private int RankOf(SiloAddress silo, string group) => GroupsOf(silo) switch
    {
        [] => 1,
        var groups => groups.Contains(group) ? 2 : 0,
    };

    private static ulong WeightOf(string key, SiloAddress silo) =>
        Core.Json.StableHash.Of(System.Text.Encoding.UTF8.GetBytes($"{key}@{silo.ToParsableString()}"));
}

/// <summary>Groups and shards are placed by <see cref="GroupPlacement"/>.</summary>
[Serializable, GenerateSerializer, Immutable]
internal sealed class ShardPlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class ShardPlacementAttribute() : PlacementAttribute(new ShardPlacement());

internal sealed class ShardPlacementDirector(GroupPlacement placement) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context) =>
        Task.FromResult(placement.Find(target.GrainIdentity.Key.ToString()!, context.GetCompatibleSilos(target)));
}
