using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>Transfer entries as bytes: the kind, then the fields in their order. Golden bytes in the tests pin them.</summary>
internal static class TransferEntryCodec
{
    internal static byte[] Encode(TransferEntry entry)
    {
        ByteWriter writer = new(SizeOf(entry));
        writer.Byte((byte)entry.Kind);
        if (entry is TransferEntry.OfMove ofMove)
            writer.VarUInt(ofMove.Move.Value);

        if (entry is TransferEntry.OfRestore ofRestore)
            writer.VarUInt(ofRestore.Restore.Value);

        if (entry is TransferEntry.OfSeal ofSeal)
            writer.VarUInt(ofSeal.Granted.Value);

        WriteFields(writer, entry);
        return writer.ToArray();
    }

    /// <exception cref="CorruptDataException">The entry's kind is unknown to this program, or the entry is damaged.</exception>
    internal static TransferEntry Decode(ReadOnlyMemory<byte> entry)
    {
        ByteReader reader = new(entry.Span);
        var kind = (ShardEntryKind)reader.Byte();
        TransferEntry read = kind switch
        {
            ShardEntryKind.Open => new TransferEntry.Open(Epoch(ref reader)),
            ShardEntryKind.Seed => new TransferEntry.Seed(Epoch(ref reader), ShardContent.Read(entry, ref reader)),
            ShardEntryKind.Install => new TransferEntry.Install(Epoch(ref reader), reader.Fixed64(), ShardContent.Read(entry, ref reader)),
            ShardEntryKind.Prepare => new TransferEntry.Prepare(Group(ref reader), Epoch(ref reader)),
            ShardEntryKind.Relinquish => new TransferEntry.Relinquish(
                Group(ref reader), Reason(ref reader), reader.Fixed64(), Epoch(ref reader)),
            ShardEntryKind.Confirm => new TransferEntry.Confirm(Epoch(ref reader)),
            ShardEntryKind.StartAbort => new TransferEntry.StartAbort(Epoch(ref reader)),
            ShardEntryKind.FinishAbort => new TransferEntry.FinishAbort(Epoch(ref reader)),
            ShardEntryKind.RefuseAbort => new TransferEntry.RefuseAbort(Epoch(ref reader)),
            ShardEntryKind.Discard => new TransferEntry.Discard(Group(ref reader), Epoch(ref reader)),
            ShardEntryKind.Begin => new TransferEntry.Begin(
                Move(ref reader), Term(ref reader), Group(ref reader), Manifest(entry, ref reader)),
            ShardEntryKind.Chunk => new TransferEntry.Chunk(Move(ref reader), (int)reader.VarUInt(), reader.Slice(entry)),
            ShardEntryKind.Records => new TransferEntry.Records(Move(ref reader), Records(entry, ref reader)),
            ShardEntryKind.Ready => new TransferEntry.Ready(Move(ref reader), Epoch(ref reader), ReadReceipt(ref reader)),
            ShardEntryKind.Unready => new TransferEntry.Unready(Move(ref reader), Epoch(ref reader)),
            ShardEntryKind.Take => new TransferEntry.Take(Move(ref reader), Epoch(ref reader)),
            ShardEntryKind.DiscardStaging => new TransferEntry.DiscardStaging(Move(ref reader)),
            ShardEntryKind.Seal => new TransferEntry.Seal(Move(ref reader), Term(ref reader), Group(ref reader)),
            ShardEntryKind.Release => new TransferEntry.Release(Move(ref reader), Epoch(ref reader)),
            ShardEntryKind.Unseal => new TransferEntry.Unseal(Move(ref reader), Epoch(ref reader), reader.Bool()),
            ShardEntryKind.RestoreBegin => new TransferEntry.RestoreBegin(Restore(ref reader), reader.Slice(entry)),
            ShardEntryKind.RestoreChunk => new TransferEntry.RestoreChunk(
                Restore(ref reader), (int)reader.VarUInt(), reader.Slice(entry)),
            ShardEntryKind.RestoreEnd => new TransferEntry.RestoreEnd(Restore(ref reader), reader.Bool()),
            ShardEntryKind.Key or _ => throw new CorruptDataException($"an entry of kind {(byte)kind}, which this program does not know"),
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

    // The fields after the move and its seal, or the restore.
    private static void WriteFields(ByteWriter writer, TransferEntry entry)
    {
        switch (entry)
        {
            case TransferEntry.Open open:
                writer.VarUInt(open.Epoch.Value);
                break;
            case TransferEntry.Seed seed:
                writer.VarUInt(seed.Epoch.Value);
                seed.Content.Write(writer);
                break;
            case TransferEntry.Install install:
                writer.VarUInt(install.Epoch.Value);
                writer.Fixed64(install.ContentDigest);
                install.Content.Write(writer);
                break;
            case TransferEntry.Prepare prepare:
                writer.Text(prepare.Target.Value);
                writer.VarUInt(prepare.MeantFor.Value);
                break;
            case TransferEntry.Relinquish relinquish:
                writer.Text(relinquish.To.Value);
                writer.Byte((byte)relinquish.Reason);
                writer.Fixed64(relinquish.ContentDigest);
                writer.VarUInt(relinquish.Known.Value);
                break;
            case TransferEntry.OfGrant ofGrant:
                writer.VarUInt(ofGrant.Granted.Value);
                break;
            case TransferEntry.Discard discard:
                writer.Text(discard.Source.Value);
                writer.VarUInt(discard.Epoch.Value);
                break;
            case TransferEntry.Begin begin:
                writer.VarUInt(begin.Term.Value);
                writer.Text(begin.Source.Value);
                writer.Bool(begin.Manifest is not null);
                if (begin.Manifest is { } manifest)
                    writer.Bytes(manifest.Span);

                break;
            case TransferEntry.Chunk chunk:
                writer.VarUInt((ulong)chunk.Number);
                writer.Bytes(chunk.Bytes.Span);
                break;
            case TransferEntry.Records records:
                writer.Items(records.Stored, static (writer, record) =>
                {
                    writer.VarUInt(record.Index.Value);
                    writer.Bytes(record.Bytes.Span);
                });
                break;
            case TransferEntry.Ready ready:
                Write(writer, ready.Receipt);
                break;
            case TransferEntry.Seal seal:
                writer.VarUInt(seal.Term.Value);
                writer.Text(seal.Target.Value);
                break;
            case TransferEntry.Unseal unseal:
                writer.Bool(unseal.IsOver);
                break;
            case TransferEntry.OfRestore restore:
                WriteFields(writer, restore);
                break;
        }
    }

    private static void WriteFields(ByteWriter writer, TransferEntry.OfRestore entry)
    {
        switch (entry)
        {
            case TransferEntry.RestoreBegin begin:
                writer.Bytes(begin.Manifest.Span);
                break;
            case TransferEntry.RestoreChunk chunk:
                writer.VarUInt((ulong)chunk.Number);
                writer.Bytes(chunk.Bytes.Span);
                break;
            case TransferEntry.RestoreEnd end:
                writer.Bool(end.IsCommitted);
                break;
        }
    }

    private static StoredRecord[] Records(ReadOnlyMemory<byte> entry, ref ByteReader reader) =>
        reader.Items((ref reader) => new StoredRecord(new LogIndex(reader.VarUInt()), reader.Slice(entry)));

    // The writer's capacity: large pieces are copied once.
    private static int SizeOf(TransferEntry entry) => entry switch
    {
        TransferEntry.Chunk chunk => 64 + chunk.Bytes.Length,
        TransferEntry.RestoreChunk chunk => 64 + chunk.Bytes.Length,
        TransferEntry.Records records => 64 + records.Stored.Sum(static record => record.Bytes.Length + 16),
        _ => 256,
    };

    private static ReadOnlyMemory<byte>? Manifest(ReadOnlyMemory<byte> entry, ref ByteReader reader) =>
        reader.Bool() ? reader.Slice(entry) : default(ReadOnlyMemory<byte>?);

    private static MoveId Move(ref ByteReader reader) => new(reader.VarUInt());

    private static RestoreId Restore(ref ByteReader reader) => new(reader.VarUInt());

    private static Epoch Epoch(ref ByteReader reader) => new(reader.VarUInt());

    private static Term Term(ref ByteReader reader) => new(reader.VarUInt());

    private static GroupId Group(ref ByteReader reader) => new(reader.Text());

    private static RelinquishReason Reason(ref ByteReader reader)
    {
        var reason = (RelinquishReason)reader.Byte();
        return Enum.IsDefined(reason) ? reason : throw new CorruptDataException($"a shard is asked for with reason {(byte)reason}");
    }
}
