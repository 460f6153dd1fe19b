using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace OrleansShards.Grains.Placement;

/// <summary>
/// Which silo a group, or one of its shards, belongs on: one that names the group in its metadata; where none of those
/// is up, one that names no group at all; where none is, any. Among them by rendezvous hashing, so that every silo says
/// the same and a silo that comes or goes moves only its own share.
/// </summary>
/// <param name="metadata">What silos say of themselves.</param>
internal sealed class GroupPlacement(ISiloMetadataCache metadata)
{
    /// <summary>The metadata key under which a silo lists the groups that it carries, separated by commas.</summary>
    internal const string GroupsKey = "orleans-shards.groups";

    /// <summary>The silo for a grain.</summary>
    /// <param name="key">The grain's key: <c>GROUP</c> or <c>GROUP/NUMBER</c>.</param>
    /// <param name="silos">The silos that are up; at least one.</param>
    internal SiloAddress Find(string key, IReadOnlyCollection<SiloAddress> silos)
    {
        int slash = key.LastIndexOf('/');
        string group = slash < 0 ? key : key[..slash];
        (SiloAddress Silo, int Rank, ulong Weight) best = default;
        foreach (SiloAddress silo in silos)
        {
            (SiloAddress Silo, int Rank, ulong Weight) candidate = (silo, RankOf(silo, group), WeightOf(key, silo));
            if (best.Silo is null || (candidate.Rank, candidate.Weight).CompareTo((best.Rank, best.Weight)) > 0)
                best = candidate;
        }

        return best.Silo ?? throw new ArgumentException("no silo to choose from", nameof(silos));
    }

    private int RankOf(SiloAddress silo, string group)
    {
        string? groups = metadata.GetSiloMetadata(silo).Metadata.GetValueOrDefault(GroupsKey);
        return string.IsNullOrEmpty(groups) ? 1 : groups.Split(',').Contains(group) ? 2 : 0;
    }

    private static ulong WeightOf(string key, SiloAddress silo) =>
        Core.Json.StableHash.Of(System.Text.Encoding.UTF8.GetBytes($"{key}@{silo.ToParsableString()}"));
}

/// <summary>A group and its shards are placed on the silos that carry the group's name.</summary>
[Serializable, GenerateSerializer, Immutable]
internal sealed class ShardPlacement : PlacementStrategy
{
    internal static ShardPlacement Instance { get; } = new();
}

/// <summary>Marks the grains of groups and shards with <see cref="ShardPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ShardPlacementAttribute() : PlacementAttribute(ShardPlacement.Instance);

/// <summary>Places groups and shards where they belong.</summary>
internal sealed class ShardPlacementDirector(GroupPlacement homes) : IPlacementDirector
{
    /// <inheritdoc />
    public Task<SiloAddress> OnAddActivation(
        PlacementStrategy strategy, PlacementTarget target, IPlacementContext context) =>
        Task.FromResult(homes.Find(target.GrainIdentity.Key.ToString()!, context.GetCompatibleSilos(target)));
}
