using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Interfaces.Wire;

// One family: what a copy of a shard answers about the shard as a whole.
// Fields are only ever appended, with new ids: see WireTypes.

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ShardRefusalWire
{
    [Id(0)] public int Kind;
    [Id(1)] public string? Text;
    [Id(2)] public string? Owner;
    [Id(3)] public ulong Epoch;
    [Id(4)] public bool MayBeEmpty;
}

[RegisterConverter]
internal sealed class ShardRefusalConverter : IConverter<ShardRefusal, ShardRefusalWire>
{
    public ShardRefusal ConvertFromSurrogate(in ShardRefusalWire wire) =>
        new(
            Received.Known<ShardRefusalKind>(wire.Kind),
            Received.Text(wire.Text),
            Received.GroupOrNone(wire.Owner),
            new Epoch(wire.Epoch))
        {
            MayBeEmpty = wire.MayBeEmpty,
        };

    public ShardRefusalWire ConvertToSurrogate(in ShardRefusal value) =>
        new()
        {
            Kind = (int)value.Kind,
            Text = value.Text,
            Owner = value.Owner?.Value,
            Epoch = value.Epoch.Value,
            MayBeEmpty = value.MayBeEmpty,
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ShardUnknownWire
{
    [Id(0)] public string? Text;
}

[RegisterConverter]
internal sealed class ShardUnknownConverter : IConverter<ShardUnknown, ShardUnknownWire>
{
    public ShardUnknown ConvertFromSurrogate(in ShardUnknownWire wire) =>
        new(Received.Text(wire.Text));

    public ShardUnknownWire ConvertToSurrogate(in ShardUnknown value) =>
        new() { Text = value.Text };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ShardSnapshotReplyWire
{
    [Id(0)] public JsonText Snapshot;
}

[RegisterConverter]
internal sealed class ShardSnapshotReplyConverter : IConverter<ShardSnapshotReply, ShardSnapshotReplyWire>
{
    public ShardSnapshotReply ConvertFromSurrogate(in ShardSnapshotReplyWire wire) =>
        new(wire.Snapshot);

    public ShardSnapshotReplyWire ConvertToSurrogate(in ShardSnapshotReply value) =>
        new() { Snapshot = value.Snapshot };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ShardAvailabilityWire
{
    [Id(0)] public bool Available;
}

[RegisterConverter]
internal sealed class ShardAvailabilityConverter : IConverter<ShardAvailability, ShardAvailabilityWire>
{
    public ShardAvailability ConvertFromSurrogate(in ShardAvailabilityWire wire) =>
        new(wire.Available);

    public ShardAvailabilityWire ConvertToSurrogate(in ShardAvailability value) =>
        new() { Available = value.Available };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct StandingReplyWire
{
    [Id(0)] public ulong Epoch;
}

[RegisterConverter]
internal sealed class StandingReplyConverter : IConverter<StandingReply, StandingReplyWire>
{
    public StandingReply ConvertFromSurrogate(in StandingReplyWire wire) =>
        new(new Epoch(wire.Epoch));

    public StandingReplyWire ConvertToSurrogate(in StandingReply value) =>
        new() { Epoch = value.Epoch.Value };
}

[RegisterConverter]
internal sealed class ShardDoneConverter : IConverter<ShardDone, EmptyWire>
{
    public ShardDone ConvertFromSurrogate(in EmptyWire wire) => ShardDone.Instance;

    public EmptyWire ConvertToSurrogate(in ShardDone value) => default;
}
