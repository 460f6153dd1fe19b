using OrleansShards.Core;
using OrleansShards.Core.Masters;

namespace OrleansShards.Grains.Interfaces.Wire;

// One family: what the primary answers to an operator about groups and moves.
// Fields are only ever appended, with new ids: see WireTypes.

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct RebalancedWire
{
    [Id(0)] public ulong Epoch;
}

[RegisterConverter]
internal sealed class RebalancedConverter : IConverter<Rebalanced, RebalancedWire>
{
    public Rebalanced ConvertFromSurrogate(in RebalancedWire wire) =>
        new(new Epoch(wire.Epoch));

    public RebalancedWire ConvertToSurrogate(in Rebalanced value) =>
        new() { Epoch = value.Epoch.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MovePlanWire
{
    [Id(0)] public PlannedMove[]? Moves;
}

[RegisterConverter]
internal sealed class MovePlanConverter : IConverter<MovePlan, MovePlanWire>
{
    public MovePlan ConvertFromSurrogate(in MovePlanWire wire) =>
        new([.. Received.Items(wire.Moves)]);

    public MovePlanWire ConvertToSurrogate(in MovePlan value) =>
        new() { Moves = [.. value.Moves] };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct PlannedMoveWire
{
    [Id(0)] public int Shard;
    [Id(1)] public string? Source;
    [Id(2)] public string? Target;
    [Id(3)] public long? Bytes;
    [Id(4)] public long? PauseUs;
}

[RegisterConverter]
internal sealed class PlannedMoveConverter : IConverter<PlannedMove, PlannedMoveWire>
{
    public PlannedMove ConvertFromSurrogate(in PlannedMoveWire wire) =>
        new(
            new ShardId(wire.Shard),
            Received.Group(wire.Source),
            Received.Group(wire.Target),
            wire.Bytes,
            wire.PauseUs);

    public PlannedMoveWire ConvertToSurrogate(in PlannedMove value) =>
        new()
        {
            Shard = value.Shard.Value,
            Source = value.Source.Value,
            Target = value.Target.Value,
            Bytes = value.Bytes,
            PauseUs = value.PauseUs,
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MoveStatusWire
{
    [Id(0)] public int Shard;
    [Id(1)] public int Phase;
    [Id(2)] public bool IsDone;
    [Id(3)] public string? Source;
    [Id(4)] public string? Target;
    [Id(5)] public ulong Epoch;
    [Id(6)] public long Keys;
    [Id(7)] public long Bytes;
    [Id(8)] public long BytesDone;
    [Id(9)] public long BytesTotal;
    [Id(10)] public long? PauseUs;
    [Id(11)] public string? Text;
}

[RegisterConverter]
internal sealed class MoveStatusConverter : IConverter<MoveStatus, MoveStatusWire>
{
    public MoveStatus ConvertFromSurrogate(in MoveStatusWire wire) =>
        new(
            new ShardId(wire.Shard),
            Received.Known<MovePhase>(wire.Phase),
            wire.IsDone,
            Received.GroupOrNone(wire.Source),
            Received.GroupOrNone(wire.Target),
            new Epoch(wire.Epoch),
            wire.Keys,
            wire.Bytes,
            wire.BytesDone,
            wire.BytesTotal,
            wire.PauseUs,
            wire.Text);

    public MoveStatusWire ConvertToSurrogate(in MoveStatus value) =>
        new()
        {
            Shard = value.Shard.Value,
            Phase = (int)value.Phase,
            IsDone = value.IsDone,
            Source = value.Source?.Value,
            Target = value.Target?.Value,
            Epoch = value.Epoch.Value,
            Keys = value.Keys,
            Bytes = value.Bytes,
            BytesDone = value.BytesDone,
            BytesTotal = value.BytesTotal,
            PauseUs = value.PauseUs,
            Text = value.Text,
        };
}
