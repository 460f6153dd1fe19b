using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Interfaces.Wire;

// One family: what a copy of a shard is asked about the shard as a whole.
// Fields are only ever appended, with new ids: see WireTypes.

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct SeedShardWire
{
    [Id(0)] public JsonText Data;
    [Id(1)] public JsonText Sessions;
}

[RegisterConverter]
internal sealed class SeedShardConverter : IConverter<SeedShard, SeedShardWire>
{
    public SeedShard ConvertFromSurrogate(in SeedShardWire wire) =>
        new(wire.Data, wire.Sessions);

    public SeedShardWire ConvertToSurrogate(in SeedShard value) =>
        new() { Data = value.Data, Sessions = value.Sessions };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct QueryStandingWire
{
    [Id(0)] public bool Opens;
}

[RegisterConverter]
internal sealed class QueryStandingConverter : IConverter<QueryStanding, QueryStandingWire>
{
    public QueryStanding ConvertFromSurrogate(in QueryStandingWire wire) =>
        new(wire.Opens);

    public QueryStandingWire ConvertToSurrogate(in QueryStanding value) =>
        new() { Opens = value.Opens };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct PrepareMigrationWire
{
    [Id(0)] public string? Target;
    [Id(1)] public ulong? MeantFor;
}

[RegisterConverter]
internal sealed class PrepareMigrationConverter : IConverter<PrepareMigration, PrepareMigrationWire>
{
    public PrepareMigration ConvertFromSurrogate(in PrepareMigrationWire wire) =>
        new(Received.Group(wire.Target)) { MeantFor = Received.EpochOrNone(wire.MeantFor) };

    public PrepareMigrationWire ConvertToSurrogate(in PrepareMigration value) =>
        new() { Target = value.Target.Value, MeantFor = value.MeantFor?.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ReceiveShardWire
{
    [Id(0)] public JsonText Snapshot;
    [Id(1)] public string? Source;
}

[RegisterConverter]
internal sealed class ReceiveShardConverter : IConverter<ReceiveShard, ReceiveShardWire>
{
    public ReceiveShard ConvertFromSurrogate(in ReceiveShardWire wire) =>
        new(wire.Snapshot, Received.GroupOrNone(wire.Source));

    public ReceiveShardWire ConvertToSurrogate(in ReceiveShard value) =>
        new() { Snapshot = value.Snapshot, Source = value.Source?.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct HandOverStepWire
{
    [Id(0)] public ulong? MeantFor;
}

[RegisterConverter]
internal sealed class ConfirmReceivedConverter : IConverter<ConfirmReceived, HandOverStepWire>
{
    public ConfirmReceived ConvertFromSurrogate(in HandOverStepWire wire) =>
        new() { MeantFor = Received.EpochOrNone(wire.MeantFor) };

    public HandOverStepWire ConvertToSurrogate(in ConfirmReceived value) => new() { MeantFor = value.MeantFor?.Value };
}

[RegisterConverter]
internal sealed class AbortMigrationConverter : IConverter<AbortMigration, HandOverStepWire>
{
    public AbortMigration ConvertFromSurrogate(in HandOverStepWire wire) =>
        new() { MeantFor = Received.EpochOrNone(wire.MeantFor) };

    public HandOverStepWire ConvertToSurrogate(in AbortMigration value) => new() { MeantFor = value.MeantFor?.Value };
}

[RegisterConverter]
internal sealed class GetShardSnapshotConverter : IConverter<GetShardSnapshot, EmptyWire>
{
    public GetShardSnapshot ConvertFromSurrogate(in EmptyWire wire) => new();

    public EmptyWire ConvertToSurrogate(in GetShardSnapshot value) => default;
}

[RegisterConverter]
internal sealed class QueryAvailabilityConverter : IConverter<QueryAvailability, EmptyWire>
{
    public QueryAvailability ConvertFromSurrogate(in EmptyWire wire) => new();

    public EmptyWire ConvertToSurrogate(in QueryAvailability value) => default;
}
