using OrleansShards.Core.Bytes;
using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Core.Masters;

/// <summary>The bytes of the masters' entries, and of the parts that their checkpoints share with them.</summary>
internal static class MasterEntryCodec
{
    internal static byte[] Encode(MasterEntry entry)
    {
        ByteWriter to = new(64);
        switch (entry)
        {
            case MasterEntry.Founded founded:
                to.Byte((byte)MasterEntryKind.Founded);
                Write(to, founded.Definition);
                break;
            case MasterEntry.Assigned assigned:
                to.Byte((byte)MasterEntryKind.Assigned);
                to.VarUInt((ulong)assigned.Shard.Value);
                to.Bool(assigned.Prefer.HasValue);
                to.Text(assigned.Prefer?.Value ?? "");
                break;
            case MasterEntry.OwnerReported reported:
                to.Byte((byte)MasterEntryKind.OwnerReported);
                to.VarUInt((ulong)reported.Shard.Value);
                to.Text(reported.Owner.Value);
                to.VarUInt(reported.Epoch.Value);
                to.Bool(reported.Empty);
                break;
            case MasterEntry.TakenOver taken:
                to.Byte((byte)MasterEntryKind.TakenOver);
                Write(to, taken.Record);
                break;
            case MasterEntry.Redirected redirected:
                to.Byte((byte)MasterEntryKind.Redirected);
                to.VarUInt(redirected.Term.Value);
                to.VarInt(redirected.RedirectUs);
                break;
            case MasterEntry.Switchover switchover:
                to.Byte((byte)MasterEntryKind.Switchover);
                to.Text(switchover.To.Value);
                break;
            case MasterEntry.SwitchoverCancelled:
                to.Byte((byte)MasterEntryKind.SwitchoverCancelled);
                break;
            default:
                MasterMoveCodec.Write(to, entry);
                break;
        }

        return to.ToArray();
    }

    /// <exception cref="CorruptDataException">It is none, or of a version that this one does not know.</exception>
    internal static MasterEntry Decode(ReadOnlySpan<byte> bytes)
    {
        ByteReader from = new(bytes);
        MasterEntryKind kind = (MasterEntryKind)from.Byte();
        MasterEntry entry = kind switch
        {
            MasterEntryKind.Founded => new MasterEntry.Founded(ReadDefinition(ref from)),
            MasterEntryKind.Assigned => ReadAssigned(ref from),
            MasterEntryKind.OwnerReported => new MasterEntry.OwnerReported(
                ReadShard(ref from), new GroupId(from.Text()), new Epoch(from.VarUInt()), from.Bool()),
            MasterEntryKind.TakenOver => new MasterEntry.TakenOver(ReadTakeover(ref from)),
            MasterEntryKind.Redirected => new MasterEntry.Redirected(new Term(from.VarUInt()), from.VarInt()),
            MasterEntryKind.Switchover => new MasterEntry.Switchover(new MasterName(from.Text())),
            MasterEntryKind.SwitchoverCancelled => new MasterEntry.SwitchoverCancelled(),
            _ => MasterMoveCodec.Read(kind, ref from),
        };
        from.End();
        return entry;
    }

    internal static void Write(ByteWriter to, ClusterDefinition definition)
    {
        to.VarUInt((ulong)definition.Masters.Length);
        foreach (MasterName master in definition.Masters)
            to.Text(master.Value);

        to.VarUInt((ulong)definition.Groups.Length);
        foreach (GroupId group in definition.Groups)
            to.Text(group.Value);

        to.VarUInt((ulong)definition.ShardCount);
    }

    internal static ClusterDefinition ReadDefinition(ref ByteReader from)
    {
        ImmutableArray<MasterName>.Builder masters = ImmutableArray.CreateBuilder<MasterName>();
        for (int left = from.Count(); left > 0; left--)
            masters.Add(new MasterName(from.Text()));

        ImmutableArray<GroupId>.Builder groups = ImmutableArray.CreateBuilder<GroupId>();
        for (int left = from.Count(); left > 0; left--)
            groups.Add(new GroupId(from.Text()));

        return new ClusterDefinition(masters.ToImmutable(), groups.ToImmutable(), ReadInt(ref from));
    }

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
        if (reason is < TakeoverReason.HeartbeatsMissed or > TakeoverReason.Resumed)
            throw new CorruptDataException($"a takeover for reason {(byte)reason}, which this version does not know");

        MasterName old = new(from.Text());
        MasterName next = new(from.Text());
        Term term = new(from.VarUInt());
        long replayed = from.VarInt();
        return new TakeoverRecord(reason, old, next, term, replayed, ReadPhases(ref from));
    }

    internal static ShardId ReadShard(ref ByteReader from) => new(ReadInt(ref from));

    private static TakeoverPhases ReadPhases(ref ByteReader from)
    {
        TakeoverPhases phases = new(from.VarInt(), from.VarInt(), from.VarInt(), from.VarInt(), null);
        bool isRedirected = from.Bool();
        long redirectUs = from.VarInt();
        return isRedirected ? phases with { RedirectUs = redirectUs } : phases;
    }

    private static MasterEntry.Assigned ReadAssigned(ref ByteReader from)
    {
        ShardId shard = ReadShard(ref from);
        bool hasPreference = from.Bool();
        GroupId prefer = new(from.Text());
        return new MasterEntry.Assigned(shard, hasPreference ? prefer : null);
    }

    private static int ReadInt(ref ByteReader from)
    {
        ulong value = from.VarUInt();
        return value <= int.MaxValue
            ? (int)value
            : throw new CorruptDataException($"{value} before byte {from.Position}, where 31 bits were expected");
    }
}
