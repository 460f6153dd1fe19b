using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using OrleansShards.Core.Bytes;

namespace OrleansShards.Storage.Directory;

/// <summary>The header of a record's, chunk's or manifest's file: <c>OSL</c>, kind, length and a CRC-32C, little-endian.</summary>
/// <remarks>The checksum also covers the log's name, the kind and the numbers: a file copied to another place is detected.</remarks>
internal readonly struct DirectoryFrame
{
    internal const int HeaderBytes = 12;

    private const int LengthAt = 4;
    private const int ChecksumAt = 8;

    private readonly DirectoryFileKind _kind;
    private readonly uint _checksumSoFar;

    internal DirectoryFrame(uint nameChecksum, DirectoryFileKind kind, ulong index, ulong term = 0, int number = 0)
    {
        Span<byte> identity = stackalloc byte[21];
        identity[0] = (byte)kind;
        BinaryPrimitives.WriteUInt64LittleEndian(identity[1..], index);
        BinaryPrimitives.WriteUInt64LittleEndian(identity[9..], term);
        BinaryPrimitives.WriteInt32LittleEndian(identity[17..], number);
        (_kind, _checksumSoFar) = (kind, Crc32C.Append(nameChecksum, identity));
    }

    private static ReadOnlySpan<byte> Magic => "OSL"u8;

    /// <summary>Passes the whole file's bytes to a writer; the buffer is reused when that returns.</summary>
    internal TResult Write<TResult>(ReadOnlySpan<byte> content, Func<ArraySegment<byte>, TResult> write)
    {
        var length = HeaderBytes + content.Length;
        var file = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Magic.CopyTo(file);
            file[Magic.Length] = (byte)_kind;
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(LengthAt), content.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(ChecksumAt), Crc32C.Append(_checksumSoFar, content));
            content.CopyTo(file.AsSpan(HeaderBytes));
            return write(new(file, 0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(file);
        }
    }

    /// <summary>Reads the content of a file.</summary>
    /// <exception cref="LogStoreException">The file is damaged, or another one.</exception>
    internal ReadOnlyMemory<byte> Read(SafeFileHandle file, string path)
    {
        var length = RandomAccess.GetLength(file);
        if (length is < HeaderBytes or > int.MaxValue)
            throw Damaged(path, $"has {length} bytes");

        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        for (int read = 0, got; read < length; read += got)
        {
            got = RandomAccess.Read(file, bytes.AsSpan(read), read);
            if (got == 0)
                throw Damaged(path, $"has {length} bytes, of which {read} can be read");
        }

        if (!bytes.AsSpan().StartsWith(Magic) || bytes[Magic.Length] != (byte)_kind)
            throw Damaged(path, $"does not begin like a {_kind.ToString().ToLowerInvariant()}");

        var content = bytes.AsMemory(HeaderBytes);
        var (expected, found) = (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(LengthAt)), content.Length);
        if (found != expected)
            throw Damaged(path, $"has {found} bytes of content, expected {expected}");

        return Crc32C.Append(_checksumSoFar, content.Span) == BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(ChecksumAt))
            ? content
            : throw Damaged(path, "does not have the checksum that its log, its number and its content should give");
    }

    private static LogStoreException Damaged(string path, string what) => new(
        $"'{path}' is damaged: it {what}. Nothing was changed or repaired. Restore the directory from a copy, or keep it "
        + "aside and start with an empty one if another replica has the data.");
}

/// <summary>A file's kind; the letter is in its header.</summary>
internal enum DirectoryFileKind : byte
{
    Record = (byte)'R',
    Chunk = (byte)'C',
    Manifest = (byte)'M',
}
