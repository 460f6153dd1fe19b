using OrleansShards.Core;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Interfaces.Wire;

// One family: what one group's copy of a shard asks another's, and what that answers.
// Fields are only ever appended, with new ids: see WireTypes.

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct YieldShardWire
{
    [Id(0)] public string? To;
    [Id(1)] public int Reason;
    [Id(2)] public ulong ContentDigest;
    [Id(3)] public ulong Known;
    [Id(4)] public bool MayBeEmpty;
}

[RegisterConverter]
internal sealed class YieldShardConverter : IConverter<YieldShard, YieldShardWire>
{
    public YieldShard ConvertFromSurrogate(in YieldShardWire wire) =>
        new(
            Received.Group(wire.To),
            Received.Known<YieldReason>(wire.Reason),
            wire.ContentDigest,
            new Epoch(wire.Known))
        {
            MayBeEmpty = wire.MayBeEmpty,
        };

    public YieldShardWire ConvertToSurrogate(in YieldShard value) =>
        new()
        {
            To = value.To.Value,
            Reason = (int)value.Reason,
            ContentDigest = value.ContentDigest,
            Known = value.Known.Value,
            MayBeEmpty = value.MayBeEmpty,
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct YieldedWire
{
    [Id(0)] public ulong Epoch;
}

[RegisterConverter]
internal sealed class YieldedConverter : IConverter<Yielded, YieldedWire>
{
    public Yielded ConvertFromSurrogate(in YieldedWire wire) =>
        new(new Epoch(wire.Epoch));

    public YieldedWire ConvertToSurrogate(in Yielded value) =>
        new() { Epoch = value.Epoch.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct CheckContentWire
{
    [Id(0)] public string? To;
    [Id(1)] public ulong Epoch;
    [Id(2)] public ulong ContentDigest;
}

[RegisterConverter]
internal sealed class CheckContentConverter : IConverter<CheckContent, CheckContentWire>
{
    public CheckContent ConvertFromSurrogate(in CheckContentWire wire) =>
        new(Received.Group(wire.To), new Epoch(wire.Epoch), wire.ContentDigest);

    public CheckContentWire ConvertToSurrogate(in CheckContent value) =>
        new() { To = value.To.Value, Epoch = value.Epoch.Value, ContentDigest = value.ContentDigest };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct DiscardCopyWire
{
    [Id(0)] public string? Source;
    [Id(1)] public ulong Epoch;
}

[RegisterConverter]
internal sealed class DiscardCopyConverter : IConverter<DiscardCopy, DiscardCopyWire>
{
    public DiscardCopy ConvertFromSurrogate(in DiscardCopyWire wire) =>
        new(Received.Group(wire.Source), new Epoch(wire.Epoch));

    public DiscardCopyWire ConvertToSurrogate(in DiscardCopy value) =>
        new() { Source = value.Source.Value, Epoch = value.Epoch.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct QueryServingWire
{
    [Id(0)] public ulong Epoch;
}

[RegisterConverter]
internal sealed class QueryServingConverter : IConverter<QueryServing, QueryServingWire>
{
    public QueryServing ConvertFromSurrogate(in QueryServingWire wire) =>
        new(new Epoch(wire.Epoch));

    public QueryServingWire ConvertToSurrogate(in QueryServing value) =>
        new() { Epoch = value.Epoch.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ServingReplyWire
{
    [Id(0)] public bool Took;
}

[RegisterConverter]
internal sealed class ServingReplyConverter : IConverter<ServingReply, ServingReplyWire>
{
    public ServingReply ConvertFromSurrogate(in ServingReplyWire wire) =>
        new(wire.Took);

    public ServingReplyWire ConvertToSurrogate(in ServingReply value) =>
        new() { Took = value.Took };
}
