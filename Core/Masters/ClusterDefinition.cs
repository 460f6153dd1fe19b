using OrleansShards.Core.Groups;

namespace OrleansShards.Core.Masters;

/// <summary>What a cluster is created with, once: <c>init</c> names it, and the log's first entry stores it.</summary>
/// <param name="Masters">One or two names; the first leads an empty log. A single master has no shadow.</param>
/// <param name="Groups">
/// The replica groups at the creation, in the order that breaks ties. Others may come later, and any may be forgotten.
/// </param>
/// <param name="ShardCount">How many shards there are, numbered from 0.</param>
/// <remarks>Equal by content: creating the cluster again with an equal definition changes nothing.</remarks>
[GenerateSerializer, Alias("OrleansShards.ClusterDefinition"), Immutable, OmitDefaultMemberValues]
public sealed record ClusterDefinition(
    [property: Id(0)] ImmutableArray<MasterName> Masters,
    [property: Id(1)] ImmutableArray<GroupId> Groups,
    [property: Id(2)] int ShardCount)
{
    /// <summary>Whether a master of that name belongs to the cluster.</summary>
    public bool Has(MasterName master) => Masters.Contains(master);

    /// <summary>Whether the cluster was created with a group of that name.</summary>
    public bool Has(GroupId group) => Groups.Contains(group);

    /// <summary>Whether a group of that name may belong to the cluster, whether it does or not.</summary>
    public bool MayHave(GroupId group) => WhyNever(group) is null;

    /// <summary>Whether the cluster has a shard of that number.</summary>
    public bool Has(ShardId shard) => shard.Value >= 0 && shard.Value < ShardCount;

    /// <summary>The other master; null where there is none.</summary>
    public MasterName? OtherThan(MasterName master) => Masters switch
    {
        [var first, ..] when first != master => first,
        [_, var second] => second,
        _ => null,
    };

    /// <summary>What is wrong with it, as text for an operator; null if it is valid.</summary>
    public string? Problem() =>
        Masters.Length is < 1 or > 2 ? $"{Masters.Length} masters, where one or two were expected"
        : Masters.Length == 2 && Masters[0] == Masters[1] ? $"master {Masters[0]} is named twice"
        : Groups.Length == 0 ? "no group, where at least one was expected"
        : Groups.Distinct().Count() != Groups.Length ? "a group is named twice"
        : ShardCount < 1 ? $"{ShardCount} shards, where at least one was expected"
        : null;

    /// <summary>Why there can never be a group of that name, as text; null if there can.</summary>
    internal string? WhyNever(GroupId group) =>
        Has(group) ? null
        : !GroupNames.IsWellFormed(group.Value)
            ? $"a group's name has 1 to {GroupNames.LengthMax} letters, digits, dots, dashes or underscores; this one has not"
        : Has(new MasterName(group.Value)) ? $"{group} is a master's name; expected another one for a group that comes later"
        : null;

    /// <summary>That a shard does not exist, as text; null if it does.</summary>
    internal string? Unknown(ShardId shard) =>
        Has(shard) ? null : $"there is no shard {shard}, the cluster has 0 to {ShardCount - 1}";

    /// <inheritdoc />
    public bool Equals(ClusterDefinition? other) =>
        other is not null && ShardCount == other.ShardCount
        && Masters.SequenceEqual(other.Masters) && Groups.SequenceEqual(other.Groups);

    /// <inheritdoc />
    public override int GetHashCode() => (ShardCount * 31) + (Groups.Length * 7) + Masters.Length;

    /// <inheritdoc />
    public override string ToString() =>
        $"masters {string.Join(", ", Masters)}; groups {string.Join(", ", Groups)}; {ShardCount} shards";
}
