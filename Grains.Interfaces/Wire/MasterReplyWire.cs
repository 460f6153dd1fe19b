using OrleansShards.Core;
using OrleansShards.Core.Masters;

namespace OrleansShards.Grains.Interfaces.Wire;

// One family: what a master answers, and what it publishes.
// Fields are only ever appended, with new ids: see WireTypes.

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct NotPrimaryWire
{
    [Id(0)] public string? Primary;
    [Id(1)] public ulong Term;
    [Id(2)] public string? Text;
}

[RegisterConverter]
internal sealed class NotPrimaryConverter : IConverter<NotPrimary, NotPrimaryWire>
{
    public NotPrimary ConvertFromSurrogate(in NotPrimaryWire wire) =>
        new(Received.MasterOrNone(wire.Primary), new Term(wire.Term), Received.Text(wire.Text));

    public NotPrimaryWire ConvertToSurrogate(in NotPrimary value) =>
        new() { Primary = value.Primary?.Value, Term = value.Term.Value, Text = value.Text };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MasterRefusalWire
{
    [Id(0)] public int Kind;
    [Id(1)] public string? Text;
    [Id(2)] public string? Primary;
}

[RegisterConverter]
internal sealed class MasterRefusalConverter : IConverter<MasterRefusal, MasterRefusalWire>
{
    public MasterRefusal ConvertFromSurrogate(in MasterRefusalWire wire) =>
        new(
            Received.Known<MasterRefusalKind>(wire.Kind),
            Received.Text(wire.Text),
            Received.MasterOrNone(wire.Primary));

    public MasterRefusalWire ConvertToSurrogate(in MasterRefusal value) =>
        new() { Kind = (int)value.Kind, Text = value.Text, Primary = value.Primary?.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MasterUnknownWire
{
    [Id(0)] public string? Text;
}

[RegisterConverter]
internal sealed class MasterUnknownConverter : IConverter<MasterUnknown, MasterUnknownWire>
{
    public MasterUnknown ConvertFromSurrogate(in MasterUnknownWire wire) =>
        new(Received.Text(wire.Text));

    public MasterUnknownWire ConvertToSurrogate(in MasterUnknown value) =>
        new() { Text = value.Text };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ClusterFoundedWire
{
    [Id(0)] public string? Primary;
    [Id(1)] public ulong Term;
}

[RegisterConverter]
internal sealed class ClusterFoundedConverter : IConverter<ClusterFounded, ClusterFoundedWire>
{
    public ClusterFounded ConvertFromSurrogate(in ClusterFoundedWire wire) =>
        new(Received.MasterOrNone(wire.Primary), new Term(wire.Term));

    public ClusterFoundedWire ConvertToSurrogate(in ClusterFounded value) =>
        new() { Primary = value.Primary?.Value, Term = value.Term.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ShardOwnerWire
{
    [Id(0)] public string? Owner;
    [Id(1)] public ulong Epoch;
    [Id(2)] public bool MayOpenEmpty;
}

[RegisterConverter]
internal sealed class ShardOwnerConverter : IConverter<ShardOwner, ShardOwnerWire>
{
    public ShardOwner ConvertFromSurrogate(in ShardOwnerWire wire) =>
        new(Received.GroupOrNone(wire.Owner), new Epoch(wire.Epoch), wire.MayOpenEmpty);

    public ShardOwnerWire ConvertToSurrogate(in ShardOwner value) =>
        new() { Owner = value.Owner?.Value, Epoch = value.Epoch.Value, MayOpenEmpty = value.MayOpenEmpty };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct HeartbeatReplyWire
{
    [Id(0)] public string? Primary;
    [Id(1)] public ulong Term;
}

[RegisterConverter]
internal sealed class HeartbeatReplyConverter : IConverter<HeartbeatReply, HeartbeatReplyWire>
{
    public HeartbeatReply ConvertFromSurrogate(in HeartbeatReplyWire wire) =>
        new(Received.Master(wire.Primary), new Term(wire.Term));

    public HeartbeatReplyWire ConvertToSurrogate(in HeartbeatReply value) =>
        new() { Primary = value.Primary.Value, Term = value.Term.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ShadowProgressWire
{
    [Id(0)] public ulong Applied;
    [Id(1)] public ulong Term;
    [Id(2)] public ulong Decisions;
}

[RegisterConverter]
internal sealed class ShadowProgressConverter : IConverter<ShadowProgress, ShadowProgressWire>
{
    public ShadowProgress ConvertFromSurrogate(in ShadowProgressWire wire) =>
        new(new LogIndex(wire.Applied), new Term(wire.Term), wire.Decisions);

    public ShadowProgressWire ConvertToSurrogate(in ShadowProgress value) =>
        new() { Applied = value.Applied.Value, Term = value.Term.Value, Decisions = value.Decisions };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ShadowStatusReplyWire
{
    [Id(0)] public string? Primary;
    [Id(1)] public string? Shadow;
    [Id(2)] public long LagEntries;
    [Id(3)] public long LagMs;
    [Id(4)] public long LagBytes;
    [Id(5)] public ulong Term;
}

[RegisterConverter]
internal sealed class ShadowStatusReplyConverter : IConverter<ShadowStatusReply, ShadowStatusReplyWire>
{
    public ShadowStatusReply ConvertFromSurrogate(in ShadowStatusReplyWire wire) =>
        new(
            Received.Master(wire.Primary),
            Received.MasterOrNone(wire.Shadow),
            wire.LagEntries,
            wire.LagMs,
            wire.LagBytes,
            new Term(wire.Term));

    public ShadowStatusReplyWire ConvertToSurrogate(in ShadowStatusReply value) =>
        new()
        {
            Primary = value.Primary.Value,
            Shadow = value.Shadow?.Value,
            LagEntries = value.LagEntries,
            LagMs = value.LagMs,
            LagBytes = value.LagBytes,
            Term = value.Term.Value,
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct FailoverReplyWire
{
    [Id(0)] public string? NewPrimary;
    [Id(1)] public long EntriesReplayed;
    [Id(2)] public long FailoverTimeMs;
}

[RegisterConverter]
internal sealed class FailoverReplyConverter : IConverter<FailoverReply, FailoverReplyWire>
{
    public FailoverReply ConvertFromSurrogate(in FailoverReplyWire wire) =>
        new(Received.Master(wire.NewPrimary), wire.EntriesReplayed, wire.FailoverTimeMs);

    public FailoverReplyWire ConvertToSurrogate(in FailoverReply value) =>
        new()
        {
            NewPrimary = value.NewPrimary.Value,
            EntriesReplayed = value.EntriesReplayed,
            FailoverTimeMs = value.FailoverTimeMs,
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct SwitchOverReplyWire
{
    [Id(0)] public string? Primary;
    [Id(1)] public ulong Term;
    [Id(2)] public long PauseMs;
}

[RegisterConverter]
internal sealed class SwitchOverReplyConverter : IConverter<SwitchOverReply, SwitchOverReplyWire>
{
    public SwitchOverReply ConvertFromSurrogate(in SwitchOverReplyWire wire) =>
        new(Received.Master(wire.Primary), new Term(wire.Term), wire.PauseMs);

    public SwitchOverReplyWire ConvertToSurrogate(in SwitchOverReply value) =>
        new() { Primary = value.Primary.Value, Term = value.Term.Value, PauseMs = value.PauseMs };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct PrimaryChangedWire
{
    [Id(0)] public string? Primary;
    [Id(1)] public ulong Term;
}

[RegisterConverter]
internal sealed class PrimaryChangedConverter : IConverter<PrimaryChanged, PrimaryChangedWire>
{
    public PrimaryChanged ConvertFromSurrogate(in PrimaryChangedWire wire) =>
        new(Received.Master(wire.Primary), new Term(wire.Term));

    public PrimaryChangedWire ConvertToSurrogate(in PrimaryChanged value) =>
        new() { Primary = value.Primary.Value, Term = value.Term.Value };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ShardMovedWire
{
    [Id(0)] public int Shard;
    [Id(1)] public string? Owner;
    [Id(2)] public ulong Epoch;
}

[RegisterConverter]
internal sealed class ShardMovedConverter : IConverter<ShardMoved, ShardMovedWire>
{
    public ShardMoved ConvertFromSurrogate(in ShardMovedWire wire) =>
        new(new ShardId(wire.Shard), Received.Group(wire.Owner), new Epoch(wire.Epoch));

    public ShardMovedWire ConvertToSurrogate(in ShardMoved value) =>
        new() { Shard = value.Shard.Value, Owner = value.Owner.Value, Epoch = value.Epoch.Value };
}
