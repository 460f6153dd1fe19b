using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>A move's entries as bytes: the kind, the move, then the rest in its order. Pinned by golden bytes.</summary>
internal static class MoveEntryCodec
{
    /// <summary>Whether an entry is a move's.</summary>
    internal static bool IsMove(ReadOnlySpan<byte> entry) =>
        !entry.IsEmpty && entry[0] is >= (byte)ShardEntryKind.StageBegin and <= (byte)ShardEntryKind.MoveUnseal;

    internal static byte[] Encode(MoveEntry entry)
    {
        ByteWriter writer = new(SizeOf(entry));
        writer.Byte((byte)KindOf(entry));
        writer.VarUInt(entry.Move.Value);
        switch (entry)
        {
            case MoveEntry.Begin begin:
                writer.VarUInt(begin.Term.Value);
                writer.Text(begin.Source.Value);
                writer.Bool(begin.Manifest is not null);
                writer.Bytes(begin.Manifest is { } manifest ? manifest.Span : default);
                break;
            case MoveEntry.Chunk chunk:
                writer.VarUInt((ulong)chunk.Number);
                writer.Bytes(chunk.Bytes.Span);
                break;
            case MoveEntry.Records records:
                Write(writer, records.Stored);
                break;
            case MoveEntry.Ready ready:
                writer.VarUInt(ready.Granted.Value);
                Write(writer, ready.Receipt);
                break;
            case MoveEntry.Unready unready:
                writer.VarUInt(unready.Granted.Value);
                break;
            case MoveEntry.Take take:
                writer.VarUInt(take.Granted.Value);
                break;
            case MoveEntry.Drop:
                break;
            case MoveEntry.Seal seal:
                writer.VarUInt(seal.Term.Value);
                writer.Text(seal.Target.Value);
                break;
            case MoveEntry.Release release:
                writer.VarUInt(release.Granted.Value);
                break;
            case MoveEntry.Unseal unseal:
                writer.VarUInt(unseal.Granted.Value);
                writer.Bool(unseal.IsOver);
                break;
        }

        return writer.ToArray();
    }

    internal static MoveEntry Decode(ReadOnlyMemory<byte> entry)
    {
        ByteReader reader = new(entry.Span);
        var kind = (ShardEntryKind)reader.Byte();
        MoveId move = new(reader.VarUInt());
        MoveEntry read = kind switch
        {
            ShardEntryKind.StageBegin => ReadBegin(move, entry, ref reader),
            ShardEntryKind.StageChunk => new MoveEntry.Chunk(move, (int)reader.VarUInt(), Slice(entry, ref reader)),
            ShardEntryKind.StageRecords => new MoveEntry.Records(move, ReadRecords(entry, ref reader)),
            ShardEntryKind.StageReady => new MoveEntry.Ready(move, EpochOf(ref reader), ReadReceipt(ref reader)),
            ShardEntryKind.StageUnready => new MoveEntry.Unready(move, EpochOf(ref reader)),
            ShardEntryKind.StageTake => new MoveEntry.Take(move, EpochOf(ref reader)),
            ShardEntryKind.StageDrop => new MoveEntry.Drop(move),
            ShardEntryKind.MoveSeal => new MoveEntry.Seal(move, new Term(reader.VarUInt()), new GroupId(reader.Text())),
            ShardEntryKind.MoveRelease => new MoveEntry.Release(move, EpochOf(ref reader)),
            ShardEntryKind.MoveUnseal => new MoveEntry.Unseal(move, EpochOf(ref reader), reader.Bool()),
            _ => throw new CorruptDataException($"an entry of kind {(byte)kind} is no move's"),
        };
        reader.End();
        return read;
    }

    internal static void Write(ByteWriter writer, MoveReceipt receipt)
    {
        writer.VarUInt((ulong)receipt.Keys);
        writer.VarUInt((ulong)receipt.Sessions);
        writer.VarUInt((ulong)receipt.Bytes);
        writer.Fixed64(receipt.Digest);
    }

    internal static MoveReceipt ReadReceipt(ref ByteReader reader) =>
        new((long)reader.VarUInt(), (long)reader.VarUInt(), (long)reader.VarUInt(), reader.Fixed64());

    private static void Write(ByteWriter writer, IReadOnlyList<StoredRecord> records)
    {
        writer.VarUInt((ulong)records.Count);
        foreach (StoredRecord record in records)
        {
            writer.VarUInt(record.Index.Value);
            writer.Bytes(record.Bytes.Span);
        }
    }

    private static StoredRecord[] ReadRecords(ReadOnlyMemory<byte> entry, ref ByteReader reader)
    {
        StoredRecord[] records = new StoredRecord[reader.Count()];
        for (int i = 0; i < records.Length; i++)
        {
            records[i] = new StoredRecord(new LogIndex(reader.VarUInt()), Slice(entry, ref reader));
        }

        return records;
    }

    private static MoveEntry.Begin ReadBegin(MoveId move, ReadOnlyMemory<byte> entry, ref ByteReader reader)
    {
        Term term = new(reader.VarUInt());
        GroupId source = new(reader.Text());
        bool hasManifest = reader.Bool();
        ReadOnlyMemory<byte> manifest = Slice(entry, ref reader);
        return new MoveEntry.Begin(
            move, term, source, hasManifest ? manifest : default(ReadOnlyMemory<byte>?));
    }

    // Room for what is large, so that it is copied once.
    private static int SizeOf(MoveEntry entry) => 64 + entry switch
    {
        MoveEntry.Chunk chunk => chunk.Bytes.Length,
        MoveEntry.Records records => records.Stored.Sum(static record => record.Bytes.Length + 16),
        _ => 192,
    };

    private static ShardEntryKind KindOf(MoveEntry entry) => entry switch
    {
        MoveEntry.Begin => ShardEntryKind.StageBegin,
        MoveEntry.Chunk => ShardEntryKind.StageChunk,
        MoveEntry.Records => ShardEntryKind.StageRecords,
        MoveEntry.Ready => ShardEntryKind.StageReady,
        MoveEntry.Unready => ShardEntryKind.StageUnready,
        MoveEntry.Take => ShardEntryKind.StageTake,
        MoveEntry.Drop => ShardEntryKind.StageDrop,
        MoveEntry.Seal => ShardEntryKind.MoveSeal,
        MoveEntry.Release => ShardEntryKind.MoveRelease,
        MoveEntry.Unseal => ShardEntryKind.MoveUnseal,
        _ => throw new ArgumentException($"no entry: {entry.GetType().Name}", nameof(entry)),
    };

    private static Epoch EpochOf(ref ByteReader reader) => new(reader.VarUInt());

    private static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> entry, ref ByteReader reader)
    {
        int length = reader.Bytes().Length;
        return entry.Slice(reader.Position - length, length);
    }
}
