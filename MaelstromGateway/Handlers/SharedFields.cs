using System.Collections.Immutable;
using System.Globalization;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Fields that several handlers have, and what becomes of them. Whether a name exists shows later, when the request
/// has its turn (<see cref="NodeNames"/>).</summary>
internal static class SharedFields
{
    /// <summary>A replica group's name.</summary>
    internal static GroupId Group(this BodyFields fields, ReadOnlySpan<byte> name) => new(fields.Text(name));

    /// <summary>A replica group's name; null where there is none.</summary>
    internal static GroupId? OptionalGroup(this BodyFields fields, ReadOnlySpan<byte> name) =>
        fields.OptionalText(name) is { } group ? new GroupId(group) : null;

    /// <summary>Names of replica groups, at least one, all different.</summary>
    internal static ImmutableArray<GroupId> Groups(this BodyFields fields, ReadOnlySpan<byte> name) =>
        [.. fields.Names(name).Select(static group => new GroupId(group))];

    /// <summary>A master's name.</summary>
    internal static MasterName Master(this BodyFields fields, ReadOnlySpan<byte> name) => new(fields.Text(name));

    /// <summary>An epoch; null where there is none.</summary>
    internal static Epoch? OptionalEpoch(this BodyFields fields, ReadOnlySpan<byte> name) =>
        fields.OptionalInteger(name, long.MaxValue) is { } number ? new Epoch((ulong)number) : null;

    /// <summary>Writes the object that maps the number of a shard to its group, in the order of the numbers.</summary>
    internal static void OwnersField(this ref ReplyWriter to, ReadOnlySpan<byte> name, ConfigReply config)
    {
        to.BeginObject(name);
        foreach ((int shard, GroupId owner) in config.Shards)
        {
            to.Json.Name(shard.ToString(CultureInfo.InvariantCulture));
            to.Json.WriteString(owner.Value);
        }

        to.EndObject();
    }

    /// <summary>Writes <c>pause_ms</c>, rounded up: a pause that was there is never shown as none.</summary>
    internal static void PauseField(this ref ReplyWriter to, long? pauseUs) =>
        to.Field("pause_ms"u8, (pauseUs + 999) / 1000);

    /// <summary>Writes how far a move is, from its shard to the bytes.</summary>
    internal static void MoveFields(this ref ReplyWriter to, MoveStatus status)
    {
        to.Field("shard"u8, status.Shard);
        to.Field("phase"u8, NameOf(status.Phase));
        to.Field("source_gid"u8, status.Source);
        to.Field("target_gid"u8, status.Target);
        to.Field("bytes_done"u8, status.BytesDone);
        to.Field("bytes_total"u8, status.BytesTotal);
    }

    private static string NameOf(MovePhase phase) => phase switch
    {
        MovePhase.None => "none",
        MovePhase.Copying => "copying",
        MovePhase.Frozen => "frozen",
        MovePhase.Committed => "committed",
        MovePhase.Aborted => "aborted",
    };
}
