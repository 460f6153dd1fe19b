using OrleansShards.Core.Bytes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters;

/// <summary>The bytes of the masters' entries, and of the parts that their checkpoints share with them.</summary>
internal static class MasterEntryCodec
{
    // What may follow an entry's fields: these bits, and the time where it is there.
    private const byte TimeFollows = 1;
    private const byte KeepsTraces = 2;

    internal static byte[] Encode(MasterEntry entry)
    {
        ByteWriter to = new(64);
        to.Byte((byte)entry.Kind);
        if (entry is MasterEntry.OfShard ofShard)
            to.VarUInt((ulong)ofShard.Shard.Value);

        WriteFields(to, entry);
        byte marker = (byte)((entry.At is null ? 0 : TimeFollows) | (entry.KeepsTraces ? KeepsTraces : 0));
        if (marker != 0)
            to.Byte(marker);

        if (entry.At is { } at)
            to.VarInt(at.ToUnixTimeMilliseconds());

        return to.ToArray();
    }

    /// <exception cref="CorruptDataException">The bytes are not an entry, or one of a kind that this version does not know.</exception>
    internal static MasterEntry Decode(ReadOnlySpan<byte> bytes)
    {
        ByteReader from = new(bytes);
        MasterEntryKind kind = (MasterEntryKind)from.Byte();
        MasterEntry entry = kind switch
        {
            MasterEntryKind.Created => new MasterEntry.Created(ReadDefinition(ref from)),
            MasterEntryKind.Assigned => new MasterEntry.Assigned(
                ReadShard(ref from), from.OptionalText() is { } prefer ? new GroupId(prefer) : null),
            MasterEntryKind.OwnerReported => new MasterEntry.OwnerReported(
                ReadShard(ref from), new GroupId(from.Text()), new Epoch(from.VarUInt()), from.Bool()),
            MasterEntryKind.TakenOver => new MasterEntry.TakenOver(ReadTakeover(ref from)),
            MasterEntryKind.Redirected => new MasterEntry.Redirected(new Term(from.VarUInt()), from.VarInt()),
            MasterEntryKind.Switchover => new MasterEntry.Switchover(new MasterName(from.Text())),
            MasterEntryKind.SwitchoverCancelled => new MasterEntry.SwitchoverCancelled(),
            MasterEntryKind.Joined => new MasterEntry.Joined(ReadGroups(ref from)),
            MasterEntryKind.Left => new MasterEntry.Left(ReadGroups(ref from)),
            MasterEntryKind.GroupsAdded => new MasterEntry.GroupsAdded(ReadGroups(ref from)),
            MasterEntryKind.Forgotten => new MasterEntry.Forgotten(ReadGroups(ref from)),
            MasterEntryKind.Pinned => new MasterEntry.Pinned(ReadShard(ref from), new GroupId(from.Text())),
            MasterEntryKind.Wanted => new MasterEntry.Wanted(ReadShard(ref from), new GroupId(from.Text()), new MoveId(from.VarUInt())),
            MasterEntryKind.MoveBegun => new MasterEntry.MoveBegun(ReadShard(ref from), new GroupId(from.Text())),
            MasterEntryKind.SealDecided => new MasterEntry.SealDecided(
                ReadShard(ref from), new MoveId(from.VarUInt()), new Epoch(from.VarUInt()), ReadReceipt(ref from)),
            MasterEntryKind.MoveAborted => new MasterEntry.MoveAborted(ReadShard(ref from), new MoveId(from.VarUInt()), from.Text()),
            MasterEntryKind.MoveEnded => new MasterEntry.MoveEnded(ReadShard(ref from), new MoveId(from.VarUInt()), ReadPause(ref from)),
            MasterEntryKind.RestoreChanged => new MasterEntry.RestoreChanged(
                ReadCommand(ref from), new RestoreId(from.VarUInt()), from.Text()),
            MasterEntryKind.MoveCancelled => new MasterEntry.MoveCancelled(ReadShard(ref from), new GroupId(from.Text())),
            _ => throw new CorruptDataException($"an entry of kind {(byte)kind}, which this version does not know"),
        };
        if (from.Remaining > 0 && from.Byte() is var marker)
        {
            if (marker is 0 or > (TimeFollows | KeepsTraces))
                throw new CorruptDataException($"{marker} after an entry of kind {(byte)kind}, where its end or a time was expected");

            entry = entry with
            {
                KeepsTraces = (marker & KeepsTraces) != 0,
                At = (marker & TimeFollows) != 0 ? ReadTime(ref from) : null,
            };
        }

        from.End();
        return entry;
    }

    internal static void Write(ByteWriter to, ClusterDefinition definition)
    {
        to.Items(definition.Masters, static (to, master) => to.Text(master.Value));
        Write(to, definition.Groups);
        to.VarUInt((ulong)definition.ShardCount);
    }

    internal static ClusterDefinition ReadDefinition(ref ByteReader from) => new(
        [.. from.Items(static (ref from) => new MasterName(from.Text()))], ReadGroups(ref from), ReadShard(ref from).Value);

    internal static void Write(ByteWriter to, TakeoverRecord record)
    {
        to.Byte((byte)record.Reason);
        to.Text(record.From.Value);
        to.Text(record.To.Value);
        to.VarUInt(record.Term.Value);
        to.VarInt(record.EntriesReplayed);
        to.VarInt(record.Phases.DetectUs);
        to.VarInt(record.Phases.CatchUpUs);
        to.VarInt(record.Phases.FenceUs);
        to.VarInt(record.Phases.PromoteUs);
        to.Bool(record.Phases.RedirectUs.HasValue);
        to.VarInt(record.Phases.RedirectUs ?? 0);
    }

    internal static TakeoverRecord ReadTakeover(ref ByteReader from)
    {
        TakeoverReason reason = (TakeoverReason)from.Byte();
        if (reason is < TakeoverReason.HeartbeatsMissed or > TakeoverReason.Regained)
            throw new CorruptDataException($"a takeover for reason {(byte)reason}, which this version does not know");

        TakeoverRecord record = new(
            reason, new MasterName(from.Text()), new MasterName(from.Text()), new Term(from.VarUInt()), from.VarInt(),
            new TakeoverPhases(from.VarInt(), from.VarInt(), from.VarInt(), from.VarInt(), null));
        bool isRedirected = from.Bool();
        long redirectUs = from.VarInt();
        return isRedirected ? record with { Phases = record.Phases with { RedirectUs = redirectUs } } : record;
    }

    internal static void Write(ByteWriter to, ImmutableArray<GroupId> groups) =>
        to.Items(groups, static (to, group) => to.Text(group.Value));

    internal static ImmutableArray<GroupId> ReadGroups(ref ByteReader from) =>
        [.. from.Items(static (ref from) => new GroupId(from.Text()))];

    internal static void Write(ByteWriter to, MoveReceipt? receipt)
    {
        to.Bool(receipt is not null);
        if (receipt is not null)
        {
            to.VarInt(receipt.Keys);
            to.VarInt(receipt.Sessions);
            to.VarInt(receipt.Bytes);
            to.Fixed64(receipt.Digest);
        }
    }

    internal static MoveReceipt? ReadReceipt(ref ByteReader from) => from.Bool()
        ? new MoveReceipt(from.VarInt(), from.VarInt(), from.VarInt(), from.Fixed64())
        : null;

    internal static void Write(ByteWriter to, long? pauseUs)
    {
        to.Bool(pauseUs.HasValue);
        if (pauseUs is { } measured)
            to.VarInt(measured);
    }

    internal static long? ReadPause(ref ByteReader from) => from.Bool() ? from.VarInt() : null;

    internal static void Write(ByteWriter to, DateTimeOffset? at) => Write(to, at?.ToUnixTimeMilliseconds());

    internal static DateTimeOffset? ReadOptionalTime(ref ByteReader from) => from.Bool() ? ReadTime(ref from) : null;

    internal static ShardId ReadShard(ref ByteReader from)
    {
        ulong value = from.VarUInt();
        return value <= int.MaxValue
            ? new ShardId((int)value)
            : throw new CorruptDataException($"{value} before byte {from.Position}, where 31 bits were expected");
    }

    internal static void Write(ByteWriter to, RestoreStatus restore)
    {
        to.VarUInt(restore.Restore.Value);
        to.Byte((byte)restore.Phase);
        to.Text(restore.Backup);
    }

    internal static RestoreStatus ReadRestore(ref ByteReader from)
    {
        RestoreStatus restore = new(new RestoreId(from.VarUInt()), (RestorePhase)from.Byte(), from.Text());
        return Enum.IsDefined(restore.Phase)
            ? restore
            : throw new CorruptDataException($"a restore in phase {(byte)restore.Phase}, which this version does not know");
    }

    private static RestoreCommand ReadCommand(ref ByteReader from)
    {
        RestoreCommand command = (RestoreCommand)from.Byte();
        return Enum.IsDefined(command)
            ? command
            : throw new CorruptDataException($"a restore's step {(byte)command}, which this version does not know");
    }

    private static DateTimeOffset ReadTime(ref ByteReader from)
    {
        long ms = from.VarInt();
        return ms >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && ms <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms)
            : throw new CorruptDataException($"{ms} before byte {from.Position}, where a time in milliseconds was expected");
    }

    // The fields after the shard.
    private static void WriteFields(ByteWriter to, MasterEntry entry)
    {
        switch (entry)
        {
            case MasterEntry.Created created:
                Write(to, created.Definition);
                break;
            case MasterEntry.Assigned assigned:
                to.OptionalText(assigned.Prefer?.Value);
                break;
            case MasterEntry.OwnerReported reported:
                to.Text(reported.Owner.Value);
                to.VarUInt(reported.Epoch.Value);
                to.Bool(reported.Empty);
                break;
            case MasterEntry.TakenOver taken:
                Write(to, taken.Record);
                break;
            case MasterEntry.Redirected redirected:
                to.VarUInt(redirected.Term.Value);
                to.VarInt(redirected.RedirectUs);
                break;
            case MasterEntry.Switchover switchover:
                to.Text(switchover.To.Value);
                break;
            case MasterEntry.OfGroups ofGroups:
                Write(to, ofGroups.Groups);
                break;
            case MasterEntry.Pinned pinned:
                to.Text(pinned.Group.Value);
                break;
            case MasterEntry.Wanted wanted:
                to.Text(wanted.Group.Value);
                to.VarUInt(wanted.UndoOf.Value);
                break;
            case MasterEntry.MoveCancelled cancelled:
                to.Text(cancelled.Group.Value);
                break;
            case MasterEntry.MoveBegun begun:
                to.Text(begun.To.Value);
                break;
            case MasterEntry.SealDecided decided:
                to.VarUInt(decided.Move.Value);
                to.VarUInt(decided.Granted.Value);
                Write(to, decided.Receipt);
                break;
            case MasterEntry.MoveAborted aborted:
                to.VarUInt(aborted.Move.Value);
                to.Text(aborted.Text);
                break;
            case MasterEntry.MoveEnded ended:
                to.VarUInt(ended.Move.Value);
                Write(to, ended.PauseUs);
                break;
            case MasterEntry.RestoreChanged restore:
                to.Byte((byte)restore.Command);
                to.VarUInt(restore.Restore.Value);
                to.Text(restore.Backup);
                break;
        }
    }
}
