using OrleansShards.Core;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Interfaces.Wire;

// One family: what the primary and the two copies of a move say to each other.
// Fields are only ever appended, with new ids: see WireTypes.

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct DriveMoveWire
{
    [Id(0)] public ulong Term;
    [Id(1)] public ulong Move;
    [Id(2)] public string? Source;
    [Id(3)] public string? Target;
    [Id(4)] public int Order;
    [Id(5)] public ulong Granted;
}

[RegisterConverter]
internal sealed class DriveMoveConverter : IConverter<DriveMove, DriveMoveWire>
{
    public DriveMove ConvertFromSurrogate(in DriveMoveWire wire) =>
        new(
            new Term(wire.Term),
            new MoveId(wire.Move),
            Received.Group(wire.Source),
            Received.Group(wire.Target),
            Received.Known<MoveOrder>(wire.Order),
            new Epoch(wire.Granted));

    public DriveMoveWire ConvertToSurrogate(in DriveMove value) =>
        new()
        {
            Term = value.Term.Value,
            Move = value.Move.Value,
            Source = value.Source.Value,
            Target = value.Target.Value,
            Order = (int)value.Order,
            Granted = value.Granted.Value,
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MoveProgressWire
{
    [Id(0)] public ulong Move;
    [Id(1)] public int Step;
    [Id(2)] public long BytesDone;
    [Id(3)] public long BytesTotal;
    [Id(4)] public long PauseUs;
    [Id(5)] public string? Obstacle;
}

[RegisterConverter]
internal sealed class MoveProgressConverter : IConverter<MoveProgress, MoveProgressWire>
{
    public MoveProgress ConvertFromSurrogate(in MoveProgressWire wire) =>
        new(
            new MoveId(wire.Move),
            Received.Known<MoveStep>(wire.Step),
            wire.BytesDone,
            wire.BytesTotal,
            wire.PauseUs,
            wire.Obstacle);

    public MoveProgressWire ConvertToSurrogate(in MoveProgress value) =>
        new()
        {
            Move = value.Move.Value,
            Step = (int)value.Step,
            BytesDone = value.BytesDone,
            BytesTotal = value.BytesTotal,
            PauseUs = value.PauseUs,
            Obstacle = value.Obstacle,
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MoveReceiptWire
{
    [Id(0)] public long Keys;
    [Id(1)] public long Sessions;
    [Id(2)] public long Bytes;
    [Id(3)] public ulong Digest;
}

[RegisterConverter]
internal sealed class MoveReceiptConverter : IConverter<MoveReceipt, MoveReceiptWire>
{
    public MoveReceipt ConvertFromSurrogate(in MoveReceiptWire wire) =>
        new(wire.Keys, wire.Sessions, wire.Bytes, wire.Digest);

    public MoveReceiptWire ConvertToSurrogate(in MoveReceipt value) =>
        new() { Keys = value.Keys, Sessions = value.Sessions, Bytes = value.Bytes, Digest = value.Digest };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct SealForMoveWire
{
    [Id(0)] public ulong Term;
    [Id(1)] public ulong Move;
    [Id(2)] public string? Target;
}

[RegisterConverter]
internal sealed class SealForMoveConverter : IConverter<SealForMove, SealForMoveWire>
{
    public SealForMove ConvertFromSurrogate(in SealForMoveWire wire) =>
        new(new Term(wire.Term), new MoveId(wire.Move), Received.Group(wire.Target));

    public SealForMoveWire ConvertToSurrogate(in SealForMove value) =>
        new() { Term = value.Term.Value, Move = value.Move.Value, Target = value.Target.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MoveSealedWire
{
    [Id(0)] public ulong Move;
    [Id(1)] public ulong Granted;
    [Id(2)] public MoveReceipt? Receipt;
}

[RegisterConverter]
internal sealed class MoveSealedConverter : IConverter<MoveSealed, MoveSealedWire>
{
    public MoveSealed ConvertFromSurrogate(in MoveSealedWire wire) =>
        new(new MoveId(wire.Move), new Epoch(wire.Granted), Received.Required(wire.Receipt));

    public MoveSealedWire ConvertToSurrogate(in MoveSealed value) =>
        new() { Move = value.Move.Value, Granted = value.Granted.Value, Receipt = value.Receipt };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MoveReadyWire
{
    [Id(0)] public ulong Move;
    [Id(1)] public ulong Granted;
    [Id(2)] public MoveReceipt? Receipt;
}

[RegisterConverter]
internal sealed class MoveReadyConverter : IConverter<MoveReady, MoveReadyWire>
{
    public MoveReady ConvertFromSurrogate(in MoveReadyWire wire) =>
        new(new MoveId(wire.Move), new Epoch(wire.Granted), Received.Required(wire.Receipt));

    public MoveReadyWire ConvertToSurrogate(in MoveReady value) =>
        new() { Move = value.Move.Value, Granted = value.Granted.Value, Receipt = value.Receipt };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MoveDecidedWire
{
    [Id(0)] public ulong Move;
    [Id(1)] public ulong Granted;
    [Id(2)] public int Verdict;
}

[RegisterConverter]
internal sealed class MoveDecidedConverter : IConverter<MoveDecided, MoveDecidedWire>
{
    public MoveDecided ConvertFromSurrogate(in MoveDecidedWire wire) =>
        new(new MoveId(wire.Move), new Epoch(wire.Granted), Received.Known<MoveVerdict>(wire.Verdict));

    public MoveDecidedWire ConvertToSurrogate(in MoveDecided value) =>
        new() { Move = value.Move.Value, Granted = value.Granted.Value, Verdict = (int)value.Verdict };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct SettleMoveWire
{
    [Id(0)] public int Shard;
    [Id(1)] public ulong Move;
    [Id(2)] public ulong Granted;
    [Id(3)] public MoveReceipt? Receipt;
}

[RegisterConverter]
internal sealed class SettleMoveConverter : IConverter<SettleMove, SettleMoveWire>
{
    public SettleMove ConvertFromSurrogate(in SettleMoveWire wire) =>
        new(new ShardId(wire.Shard), new MoveId(wire.Move), new Epoch(wire.Granted), wire.Receipt);

    public SettleMoveWire ConvertToSurrogate(in SettleMove value) =>
        new()
        {
            Shard = value.Shard.Value,
            Move = value.Move.Value,
            Granted = value.Granted.Value,
            Receipt = value.Receipt,
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct QueryMoveDecisionWire
{
    [Id(0)] public int Shard;
    [Id(1)] public ulong Move;
}

[RegisterConverter]
internal sealed class QueryMoveDecisionConverter : IConverter<QueryMoveDecision, QueryMoveDecisionWire>
{
    public QueryMoveDecision ConvertFromSurrogate(in QueryMoveDecisionWire wire) =>
        new(new ShardId(wire.Shard), new MoveId(wire.Move));

    public QueryMoveDecisionWire ConvertToSurrogate(in QueryMoveDecision value) =>
        new() { Shard = value.Shard.Value, Move = value.Move.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MoveOpenWire
{
    [Id(0)] public ulong Move;
}

[RegisterConverter]
internal sealed class MoveOpenConverter : IConverter<MoveOpen, MoveOpenWire>
{
    public MoveOpen ConvertFromSurrogate(in MoveOpenWire wire) =>
        new(new MoveId(wire.Move));

    public MoveOpenWire ConvertToSurrogate(in MoveOpen value) =>
        new() { Move = value.Move.Value };
}

[RegisterConverter]
internal sealed class QueryShardSizeConverter : IConverter<QueryShardSize, EmptyWire>
{
    public QueryShardSize ConvertFromSurrogate(in EmptyWire wire) => new();

    public EmptyWire ConvertToSurrogate(in QueryShardSize value) => default;
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ShardSizeWire
{
    [Id(0)] public long Keys;
    [Id(1)] public long Bytes;
}

[RegisterConverter]
internal sealed class ShardSizeConverter : IConverter<ShardSize, ShardSizeWire>
{
    public ShardSize ConvertFromSurrogate(in ShardSizeWire wire) =>
        new(wire.Keys, wire.Bytes);

    public ShardSizeWire ConvertToSurrogate(in ShardSize value) =>
        new() { Keys = value.Keys, Bytes = value.Bytes };
}
