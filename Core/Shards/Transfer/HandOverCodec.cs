using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Shards;

/// <summary>Hand-over entries as bytes: the kind, then its fields in their order. Pinned by golden bytes.</summary>
internal static class HandOverCodec
{
    internal static byte[] Encode(HandOverEntry entry)
    {
        ByteWriter writer = new();
        writer.Byte((byte)KindOf(entry));
        switch (entry)
        {
            case HandOverEntry.Open open:
                writer.VarUInt(open.Epoch.Value);
                break;
            case HandOverEntry.Seed seed:
                writer.VarUInt(seed.Epoch.Value);
                seed.Content.Write(writer);
                break;
            case HandOverEntry.Install install:
                writer.VarUInt(install.Epoch.Value);
                writer.Fixed64(install.ContentDigest);
                install.Content.Write(writer);
                break;
            case HandOverEntry.Seal seal:
                writer.Text(seal.Target.Value);
                if (seal.MeantFor != Epoch.None)
                {
                    writer.VarUInt(seal.MeantFor.Value);
                }

                break;
            case HandOverEntry.Yield yield:
                writer.Text(yield.To.Value);
                writer.Byte((byte)yield.Reason);
                writer.Fixed64(yield.ContentDigest);
                writer.VarUInt(yield.Known.Value);
                break;
            case HandOverEntry.Confirm confirm:
                writer.VarUInt(confirm.Granted.Value);
                break;
            case HandOverEntry.StartAbort start:
                writer.VarUInt(start.Granted.Value);
                break;
            case HandOverEntry.FinishAbort finish:
                writer.VarUInt(finish.Granted.Value);
                break;
            case HandOverEntry.RefuseAbort refuse:
                writer.VarUInt(refuse.Granted.Value);
                break;
            case HandOverEntry.Discard discard:
                writer.Text(discard.Source.Value);
                writer.VarUInt(discard.Epoch.Value);
                break;
        }

        return writer.ToArray();
    }

    internal static HandOverEntry Decode(ReadOnlyMemory<byte> entry)
    {
        ByteReader reader = new(entry.Span);
        var kind = (ShardEntryKind)reader.Byte();
        HandOverEntry read = kind switch
        {
            ShardEntryKind.Open => new HandOverEntry.Open(EpochOf(ref reader)),
            ShardEntryKind.Seed => new HandOverEntry.Seed(EpochOf(ref reader), ShardContent.Read(entry, ref reader)),
            ShardEntryKind.Install => new HandOverEntry.Install(
                EpochOf(ref reader), reader.Fixed64(), ShardContent.Read(entry, ref reader)),
            ShardEntryKind.Seal => new HandOverEntry.Seal(GroupOf(ref reader), Epoch.None),
            ShardEntryKind.SealAt => new HandOverEntry.Seal(GroupOf(ref reader), EpochOf(ref reader)),
            ShardEntryKind.Yield => new HandOverEntry.Yield(
                GroupOf(ref reader), ReasonOf(ref reader), reader.Fixed64(), EpochOf(ref reader)),
            ShardEntryKind.Confirm => new HandOverEntry.Confirm(EpochOf(ref reader)),
            ShardEntryKind.StartAbort => new HandOverEntry.StartAbort(EpochOf(ref reader)),
            ShardEntryKind.FinishAbort => new HandOverEntry.FinishAbort(EpochOf(ref reader)),
            ShardEntryKind.RefuseAbort => new HandOverEntry.RefuseAbort(EpochOf(ref reader)),
            ShardEntryKind.Discard => new HandOverEntry.Discard(GroupOf(ref reader), EpochOf(ref reader)),
            ShardEntryKind.Key or ShardEntryKind.KeyAt or _ => throw new CorruptDataException(
                $"an entry of kind {(byte)kind}, which this program does not know"),
        };
        reader.End();
        return read;
    }

    private static ShardEntryKind KindOf(HandOverEntry entry) => entry switch
    {
        HandOverEntry.Open => ShardEntryKind.Open,
        HandOverEntry.Seed => ShardEntryKind.Seed,
        HandOverEntry.Install => ShardEntryKind.Install,
        HandOverEntry.Seal seal => seal.MeantFor == Epoch.None ? ShardEntryKind.Seal : ShardEntryKind.SealAt,
        HandOverEntry.Yield => ShardEntryKind.Yield,
        HandOverEntry.Confirm => ShardEntryKind.Confirm,
        HandOverEntry.StartAbort => ShardEntryKind.StartAbort,
        HandOverEntry.FinishAbort => ShardEntryKind.FinishAbort,
        HandOverEntry.RefuseAbort => ShardEntryKind.RefuseAbort,
        HandOverEntry.Discard => ShardEntryKind.Discard,
        _ => throw new ArgumentException($"no entry: {entry.GetType().Name}", nameof(entry)),
    };

    private static Epoch EpochOf(ref ByteReader reader) => new(reader.VarUInt());

    private static GroupId GroupOf(ref ByteReader reader) => new(reader.Text());

    private static YieldReason ReasonOf(ref ByteReader reader)
    {
        var reason = (YieldReason)reader.Byte();
        return Enum.IsDefined(reason)
            ? reason
            : throw new CorruptDataException($"a shard is asked for with reason {(byte)reason}");
    }
}
