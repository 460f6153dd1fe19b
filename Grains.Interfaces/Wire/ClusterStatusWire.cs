using System.Collections.Immutable;
using OrleansShards.Core;
using OrleansShards.Core.Masters;

namespace OrleansShards.Grains.Interfaces.Wire;

// One family: the shard map and the cluster's status. Fields are only ever appended, with new ids: see WireTypes.

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ConfigReplyWire
{
    [Id(0)] public ulong Epoch;

    // The shards that somebody has, in ascending order, and beside each one its owner.
    [Id(1)] public int[]? Shards;
    [Id(2)] public string?[]? Owners;
    [Id(3)] public string?[]? Groups;
}

[RegisterConverter]
internal sealed class ConfigReplyConverter : IConverter<ConfigReply, ConfigReplyWire>
{
    public ConfigReply ConvertFromSurrogate(in ConfigReplyWire wire) =>
        new(
            new Epoch(wire.Epoch),
            MapOf(Received.Items(wire.Shards), Received.Items(wire.Owners)),
            [.. Received.Items(wire.Groups).Select(Received.Group)]);

    public ConfigReplyWire ConvertToSurrogate(in ConfigReply value) =>
        new()
        {
            Epoch = value.Epoch.Value,
            Shards = [.. value.Shards.Keys],
            Owners = [.. value.Shards.Values.Select(static owner => owner.Value)],
            Groups = [.. value.Groups.Select(static group => group.Value)],
        };

    private static ImmutableSortedDictionary<int, GroupId> MapOf(int[] shards, string?[] owners)
    {
        if (shards.Length != owners.Length)
        {
            throw new MalformedMessageException(
                $"a shard map of {shards.Length} shards with {owners.Length} owners, where one each was expected");
        }

        ImmutableSortedDictionary<int, GroupId>.Builder map = ImmutableSortedDictionary.CreateBuilder<int, GroupId>();
        foreach ((int shard, string? owner) in shards.Zip(owners))
        {
            map[shard] = Received.Group(owner);
        }

        return map.ToImmutable();
    }
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct ClusterStatusReplyWire
{
    [Id(0)] public MasterStatus[]? Masters;
    [Id(1)] public ConfigReply? Config;
    [Id(2)] public long?[]? GroupHeartbeatAgesMs;
    [Id(3)] public TakeoverRecord[]? Takeovers;
    [Id(4)] public string?[]? Members;
    [Id(5)] public MoveStatus[]? Moves;
}

[RegisterConverter]
internal sealed class ClusterStatusReplyConverter : IConverter<ClusterStatusReply, ClusterStatusReplyWire>
{
    public ClusterStatusReply ConvertFromSurrogate(in ClusterStatusReplyWire wire) =>
        new(
            [.. Received.Items(wire.Masters)],
            Received.Required(wire.Config),
            [.. Received.Items(wire.GroupHeartbeatAgesMs)],
            [.. Received.Items(wire.Takeovers)])
        {
            // A version without moves sends neither.
            Members = [.. (wire.Members ?? []).Select(Received.Group)],
            Moves = [.. wire.Moves ?? []],
        };

    public ClusterStatusReplyWire ConvertToSurrogate(in ClusterStatusReply value) =>
        new()
        {
            Masters = [.. value.Masters],
            Config = value.Config,
            GroupHeartbeatAgesMs = [.. value.GroupHeartbeatAgesMs],
            Takeovers = [.. value.Takeovers],
            Members = [.. value.Members.Select(static group => group.Value)],
            Moves = [.. value.Moves],
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct MasterStatusWire
{
    [Id(0)] public string? Name;
    [Id(1)] public bool IsPrimary;
    [Id(2)] public ulong Term;
    [Id(3)] public ulong LogIndex;
    [Id(4)] public long? HeartbeatAgeMs;
}

[RegisterConverter]
internal sealed class MasterStatusConverter : IConverter<MasterStatus, MasterStatusWire>
{
    public MasterStatus ConvertFromSurrogate(in MasterStatusWire wire) =>
        new(
            Received.Master(wire.Name),
            wire.IsPrimary,
            new Term(wire.Term),
            new LogIndex(wire.LogIndex),
            wire.HeartbeatAgeMs);

    public MasterStatusWire ConvertToSurrogate(in MasterStatus value) =>
        new()
        {
            Name = value.Name.Value,
            IsPrimary = value.IsPrimary,
            Term = value.Term.Value,
            LogIndex = value.LogIndex.Value,
            HeartbeatAgeMs = value.HeartbeatAgeMs,
        };
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct TakeoverRecordWire
{
    [Id(0)] public int Reason;
    [Id(1)] public string? From;
    [Id(2)] public string? To;
    [Id(3)] public ulong Term;
    [Id(4)] public long EntriesReplayed;
    [Id(5)] public long DetectUs;
    [Id(6)] public long CatchUpUs;
    [Id(7)] public long FenceUs;
    [Id(8)] public long PromoteUs;
    [Id(9)] public long? RedirectUs;
}

[RegisterConverter]
internal sealed class TakeoverRecordConverter : IConverter<TakeoverRecord, TakeoverRecordWire>
{
    public TakeoverRecord ConvertFromSurrogate(in TakeoverRecordWire wire) =>
        new(
            Received.Known<TakeoverReason>(wire.Reason),
            Received.Master(wire.From),
            Received.Master(wire.To),
            new Term(wire.Term),
            wire.EntriesReplayed,
            new TakeoverPhases(wire.DetectUs, wire.CatchUpUs, wire.FenceUs, wire.PromoteUs, wire.RedirectUs));

    public TakeoverRecordWire ConvertToSurrogate(in TakeoverRecord value) =>
        new()
        {
            Reason = (int)value.Reason,
            From = value.From.Value,
            To = value.To.Value,
            Term = value.Term.Value,
            EntriesReplayed = value.EntriesReplayed,
            DetectUs = value.Phases.DetectUs,
            CatchUpUs = value.Phases.CatchUpUs,
            FenceUs = value.Phases.FenceUs,
            PromoteUs = value.Phases.PromoteUs,
            RedirectUs = value.Phases.RedirectUs,
        };
}
