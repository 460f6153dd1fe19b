using OrleansShards.Core;
using OrleansShards.Core.Masters;

namespace OrleansShards.Grains.Interfaces.Wire;

// One family: what an operator asks of the primary about groups and moves.
// Fields are only ever appended, with new ids: see WireTypes.

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct JoinGroupsWire
{
    [Id(0)] public string?[]? Groups;
    [Id(1)] public bool PlanOnly;
}

[RegisterConverter]
internal sealed class JoinGroupsConverter : IConverter<JoinGroups, JoinGroupsWire>
{
    public JoinGroups ConvertFromSurrogate(in JoinGroupsWire wire) =>
        new([.. Received.Items(wire.Groups).Select(Received.Group)], wire.PlanOnly);

    public JoinGroupsWire ConvertToSurrogate(in JoinGroups value) =>
        new() { Groups = [.. value.Groups.Select(static group => group.Value)], PlanOnly = value.PlanOnly };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct LeaveGroupsWire
{
    [Id(0)] public string?[]? Groups;
    [Id(1)] public bool PlanOnly;
}

[RegisterConverter]
internal sealed class LeaveGroupsConverter : IConverter<LeaveGroups, LeaveGroupsWire>
{
    public LeaveGroups ConvertFromSurrogate(in LeaveGroupsWire wire) =>
        new([.. Received.Items(wire.Groups).Select(Received.Group)], wire.PlanOnly);

    public LeaveGroupsWire ConvertToSurrogate(in LeaveGroups value) =>
        new() { Groups = [.. value.Groups.Select(static group => group.Value)], PlanOnly = value.PlanOnly };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct PinShardWire
{
    [Id(0)] public int Shard;
    [Id(1)] public string? Group;
    [Id(2)] public bool PlanOnly;
}

[RegisterConverter]
internal sealed class PinShardConverter : IConverter<PinShard, PinShardWire>
{
    public PinShard ConvertFromSurrogate(in PinShardWire wire) =>
        new(new ShardId(wire.Shard), Received.Group(wire.Group), wire.PlanOnly);

    public PinShardWire ConvertToSurrogate(in PinShard value) =>
        new() { Shard = value.Shard.Value, Group = value.Group.Value, PlanOnly = value.PlanOnly };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MigrateShardWire
{
    [Id(0)] public int Shard;
    [Id(1)] public string? Target;
}

[RegisterConverter]
internal sealed class MigrateShardConverter : IConverter<MigrateShard, MigrateShardWire>
{
    public MigrateShard ConvertFromSurrogate(in MigrateShardWire wire) =>
        new(new ShardId(wire.Shard), Received.Group(wire.Target));

    public MigrateShardWire ConvertToSurrogate(in MigrateShard value) =>
        new() { Shard = value.Shard.Value, Target = value.Target.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct UndoMoveWire
{
    [Id(0)] public int Shard;
}

[RegisterConverter]
internal sealed class UndoMoveConverter : IConverter<UndoMove, UndoMoveWire>
{
    public UndoMove ConvertFromSurrogate(in UndoMoveWire wire) =>
        new(new ShardId(wire.Shard));

    public UndoMoveWire ConvertToSurrogate(in UndoMove value) =>
        new() { Shard = value.Shard.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct QueryMoveWire
{
    [Id(0)] public int Shard;
}

[RegisterConverter]
internal sealed class QueryMoveConverter : IConverter<QueryMove, QueryMoveWire>
{
    public QueryMove ConvertFromSurrogate(in QueryMoveWire wire) =>
        new(new ShardId(wire.Shard));

    public QueryMoveWire ConvertToSurrogate(in QueryMove value) =>
        new() { Shard = value.Shard.Value };
}
