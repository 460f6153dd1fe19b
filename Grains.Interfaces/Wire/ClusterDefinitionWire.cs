using OrleansShards.Core.Masters;

namespace OrleansShards.Grains.Interfaces.Wire;

// One family: what a cluster is founded with. Fields are only ever appended, with new ids: see WireTypes.

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ClusterDefinitionWire
{
    [Id(0)] public string?[]? Masters;
    [Id(1)] public string?[]? Groups;
    [Id(2)] public int ShardCount;
}

[RegisterConverter]
internal sealed class ClusterDefinitionConverter : IConverter<ClusterDefinition, ClusterDefinitionWire>
{
    public ClusterDefinition ConvertFromSurrogate(in ClusterDefinitionWire wire) =>
        new(
            [.. Received.Items(wire.Masters).Select(Received.Master)],
            [.. Received.Items(wire.Groups).Select(Received.Group)],
            wire.ShardCount);

    public ClusterDefinitionWire ConvertToSurrogate(in ClusterDefinition value) =>
        new()
        {
            Masters = [.. value.Masters.Select(static master => master.Value)],
            Groups = [.. value.Groups.Select(static group => group.Value)],
            ShardCount = value.ShardCount,
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct FoundClusterWire
{
    [Id(0)] public ClusterDefinition? Definition;
}

[RegisterConverter]
internal sealed class FoundClusterConverter : IConverter<FoundCluster, FoundClusterWire>
{
    public FoundCluster ConvertFromSurrogate(in FoundClusterWire wire) => new(Received.Required(wire.Definition));

    public FoundClusterWire ConvertToSurrogate(in FoundCluster value) => new() { Definition = value.Definition };
}
