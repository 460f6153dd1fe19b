using OrleansShards.Core;
using OrleansShards.Core.Masters;

namespace OrleansShards.Grains.Interfaces.Wire;

// One family: what a master is asked.
// Fields are only ever appended, with new ids: see WireTypes.

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct LocateShardWire
{
    [Id(0)] public int Shard;
    [Id(1)] public string? Prefer;
}

[RegisterConverter]
internal sealed class LocateShardConverter : IConverter<LocateShard, LocateShardWire>
{
    public LocateShard ConvertFromSurrogate(in LocateShardWire wire) =>
        new(new ShardId(wire.Shard), Received.GroupOrNone(wire.Prefer));

    public LocateShardWire ConvertToSurrogate(in LocateShard value) =>
        new() { Shard = value.Shard.Value, Prefer = value.Prefer?.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct QueryShardWire
{
    [Id(0)] public int Shard;
}

[RegisterConverter]
internal sealed class QueryShardConverter : IConverter<QueryShard, QueryShardWire>
{
    public QueryShard ConvertFromSurrogate(in QueryShardWire wire) =>
        new(new ShardId(wire.Shard));

    public QueryShardWire ConvertToSurrogate(in QueryShard value) =>
        new() { Shard = value.Shard.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ReportOwnerWire
{
    [Id(0)] public int Shard;
    [Id(1)] public string? Owner;
    [Id(2)] public ulong Epoch;
    [Id(3)] public bool Empty;
}

[RegisterConverter]
internal sealed class ReportOwnerConverter : IConverter<ReportOwner, ReportOwnerWire>
{
    public ReportOwner ConvertFromSurrogate(in ReportOwnerWire wire) =>
        new(new ShardId(wire.Shard), Received.Group(wire.Owner), new Epoch(wire.Epoch), wire.Empty);

    public ReportOwnerWire ConvertToSurrogate(in ReportOwner value) =>
        new()
        {
            Shard = value.Shard.Value,
            Owner = value.Owner.Value,
            Epoch = value.Epoch.Value,
            Empty = value.Empty,
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct HeartbeatWire
{
    [Id(0)] public string? Group;
}

[RegisterConverter]
internal sealed class HeartbeatConverter : IConverter<Heartbeat, HeartbeatWire>
{
    public Heartbeat ConvertFromSurrogate(in HeartbeatWire wire) =>
        new(Received.Group(wire.Group));

    public HeartbeatWire ConvertToSurrogate(in Heartbeat value) =>
        new() { Group = value.Group.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct LogGrewWire
{
    [Id(0)] public ulong Durable;
    [Id(1)] public ulong Decisions;
    [Id(2)] public long Bytes;
}

[RegisterConverter]
internal sealed class LogGrewConverter : IConverter<LogGrew, LogGrewWire>
{
    public LogGrew ConvertFromSurrogate(in LogGrewWire wire) =>
        new(new LogIndex(wire.Durable), wire.Decisions, wire.Bytes);

    public LogGrewWire ConvertToSurrogate(in LogGrew value) =>
        new() { Durable = value.Durable.Value, Decisions = value.Decisions, Bytes = value.Bytes };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct TriggerFailoverWire
{
    [Id(0)] public string? Failed;
}

[RegisterConverter]
internal sealed class TriggerFailoverConverter : IConverter<TriggerFailover, TriggerFailoverWire>
{
    public TriggerFailover ConvertFromSurrogate(in TriggerFailoverWire wire) =>
        new(Received.Master(wire.Failed));

    public TriggerFailoverWire ConvertToSurrogate(in TriggerFailover value) =>
        new() { Failed = value.Failed.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct SwitchOverWire
{
    [Id(0)] public string? To;
}

[RegisterConverter]
internal sealed class SwitchOverConverter : IConverter<SwitchOver, SwitchOverWire>
{
    public SwitchOver ConvertFromSurrogate(in SwitchOverWire wire) =>
        new(Received.Master(wire.To));

    public SwitchOverWire ConvertToSurrogate(in SwitchOver value) =>
        new() { To = value.To.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct QueryConfigWire
{
    [Id(0)] public ulong? Epoch;
}

[RegisterConverter]
internal sealed class QueryConfigConverter : IConverter<QueryConfig, QueryConfigWire>
{
    public QueryConfig ConvertFromSurrogate(in QueryConfigWire wire) =>
        new(Received.EpochOrNone(wire.Epoch));

    public QueryConfigWire ConvertToSurrogate(in QueryConfig value) =>
        new() { Epoch = value.Epoch?.Value };
}

[RegisterConverter]
internal sealed class QueryShadowStatusConverter : IConverter<QueryShadowStatus, EmptyWire>
{
    public QueryShadowStatus ConvertFromSurrogate(in EmptyWire wire) => new();

    public EmptyWire ConvertToSurrogate(in QueryShadowStatus value) => default;
}

[RegisterConverter]
internal sealed class QueryClusterStatusConverter : IConverter<QueryClusterStatus, EmptyWire>
{
    public QueryClusterStatus ConvertFromSurrogate(in EmptyWire wire) => new();

    public EmptyWire ConvertToSurrogate(in QueryClusterStatus value) => default;
}
