using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Wal;

/// <summary>
/// What a reader needs to continue from a checkpoint as if it had read every record before it: where the log continues, who
/// opened that term, how many chunks and bytes there are, the digest that the restored state must have, and every term-start
/// record up to the cursor in rising order: the records that are never dropped.
/// </summary>
public sealed record CheckpointManifest(
    CheckpointId Id, LogCursor Cursor, WriterId Opener, int Chunks, long Bytes, ulong Digest, IReadOnlyList<LogIndex> Fences)
{
    private const byte Format = 2;

    /// <summary>The manifest's bytes: a format, the fields, and a CRC-32C of both.</summary>
    public byte[] Encode()
    {
        ByteWriter to = new();
        to.Byte(Format);
        to.Fixed64(Id.Index.Value);
        to.Fixed64(Id.Term.Value);
        to.Fixed64(Cursor.Term.Value);
        to.Fixed32(Cursor.Chain);
        to.Fixed64(Cursor.Entries);
        to.Text(Opener.Node);
        to.Fixed64(Opener.Incarnation.Value);
        to.VarUInt((ulong)Chunks);
        to.VarUInt((ulong)Bytes);
        to.Fixed64(Digest);
        to.Items(Fences, static (to, fence) => to.VarUInt(fence.Value));
        to.Fixed32(Crc32C.Append(0, to.Written));
        return to.ToArray();
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="CorruptDataException">It is damaged, or of another format.</exception>
    public static CheckpointManifest Decode(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> body = CheckedBody(bytes, 0, "the checkpoint's manifest");
        ByteReader from = new(body);
        byte format = from.Byte();
        if (format != Format)
            throw new CorruptDataException($"the checkpoint's manifest has format {format}, this version reads {Format}");

        LogIndex index = new(from.Fixed64());
        CheckpointId id = new(index, new Term(from.Fixed64()));
        LogCursor cursor = new(index, new Term(from.Fixed64()), from.Fixed32(), from.Fixed64());
        WriterId opener = new(from.Text(), new Incarnation(from.Fixed64()));
        int chunks = (int)from.VarUInt();
        long size = (long)from.VarUInt();
        ulong digest = from.Fixed64();
        LogIndex[] fences = from.Items(static (ref from) => new LogIndex(from.VarUInt()));
        from.End();
        return new CheckpointManifest(id, cursor, opener, chunks, size, digest, fences);
    }

    /// <summary>Appends a chunk's checksum, which covers its number: chunks cannot change places.</summary>
    internal static byte[] SealChunk(ByteWriter chunk, int number)
    {
        chunk.Fixed32(Crc32C.Append((uint)number, chunk.Written));
        return chunk.ToArray();
    }

    /// <summary>A chunk without its checksum.</summary>
    /// <exception cref="CorruptDataException">The checksum is wrong.</exception>
    internal static ReadOnlySpan<byte> OpenChunk(ReadOnlySpan<byte> chunk, int number) =>
        CheckedBody(chunk, (uint)number, $"chunk {number} of the checkpoint");

    private static ReadOnlySpan<byte> CheckedBody(ReadOnlySpan<byte> bytes, uint seed, string what)
    {
        if (bytes.Length < sizeof(uint))
            throw new CorruptDataException($"{what} has {bytes.Length} bytes, too few");

        ReadOnlySpan<byte> body = bytes[..^sizeof(uint)];
        ByteReader last = new(bytes[^sizeof(uint)..]);
        uint found = last.Fixed32();
        uint expected = Crc32C.Append(seed, body);
        return found == expected
            ? body
            : throw new CorruptDataException($"{what} has checksum {found:x8}, where {expected:x8} was expected");
    }
}
