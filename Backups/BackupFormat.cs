using System.IO.Compression;
using OrleansShards.Core.Bytes;

namespace OrleansShards.Backups;

/// <summary>
/// The file: eight bytes <c>OSHARDS\n</c>, a format version, then frames. A frame is a kind, the length of its body in four bytes, the
/// body, and a CRC-32C of all that, seeded with the frame's number, so that frames cannot change places. A body is the length of the
/// payload, and the payload compressed by Brotli.
/// </summary>
internal static class BackupFormat
{
    internal const byte Version = 1;

    internal const int FrameHeadBytes = 1 + sizeof(uint);

    /// <summary>Beyond every frame: a checkpoint's chunk has 1.3 MiB at most, and what the masters keep is less.</summary>
    internal const int PayloadBytesMax = 64 << 20;

    // On text this is four times as fast as the next level that is notably smaller; measured on JSON values of 200 bytes.
    private const int Quality = 3;
    private const int Window = 20;

    internal static ReadOnlySpan<byte> Magic => "OSHARDS\n"u8;

    internal static void Write(ByteWriter frame, uint number, FrameKind kind, ReadOnlySpan<byte> payload)
    {
        byte[] compressed = new byte[BrotliEncoder.GetMaxCompressedLength(payload.Length)];
        if (!BrotliEncoder.TryCompress(payload, compressed, out int length, Quality, Window))
            throw new InvalidOperationException($"a frame of {payload.Length} bytes does not fit the length that it has at most");

        ByteWriter body = new(length + 8);
        body.VarUInt((ulong)payload.Length);
        body.Raw(compressed.AsSpan(0, length));
        int from = frame.Length;
        frame.Byte((byte)kind);
        frame.Fixed32((uint)body.Length);
        frame.Raw(body.Written);
        frame.Fixed32(Crc32C.Append(number, frame.Written[from..]));
    }

    /// <exception cref="CorruptDataException">The body is no payload.</exception>
    internal static byte[] Decompress(ReadOnlySpan<byte> body)
    {
        ByteReader reader = new(body);
        ulong length = reader.VarUInt();
        if (length > PayloadBytesMax)
            throw new CorruptDataException($"it has {length} bytes, where {PayloadBytesMax} are the most");

        byte[] payload = new byte[length];
        return BrotliDecoder.TryDecompress(body[reader.Position..], payload, out int written) && written == payload.Length
            ? payload
            : throw new CorruptDataException("it cannot be decompressed");
    }
}

/// <summary>The kinds of frames. Persisted: values are append-only.</summary>
internal enum FrameKind : byte
{
    Header = 1,
    Masters = 2,
    ShardBegin = 3,
    ShardChunk = 4,
    ShardEnd = 5,
    End = 6,
    Failed = 7,
}
