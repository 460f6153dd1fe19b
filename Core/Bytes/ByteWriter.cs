using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace OrleansShards.Core.Bytes;

/// <summary>
/// Writes what <see cref="ByteReader"/> reads: little-endian fixed numbers, varints (LEB128), and length-prefixed
/// bytes. Entries, records and checkpoints consist of these. The capacity grows as needed.
/// </summary>
public sealed class ByteWriter(int capacity = 256)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(capacity);

    /// <summary>How many bytes have been written.</summary>
    public int Length => _buffer.WrittenCount;

    /// <summary>What has been written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>Writes one byte.</summary>
    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    /// <summary>Writes 4 bytes.</summary>
    public void Fixed32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
    }

    /// <summary>Writes 8 bytes.</summary>
    public void Fixed64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    /// <summary>Writes 1 to 10 bytes.</summary>
    public void VarUInt(ulong value)
    {
        Span<byte> span = _buffer.GetSpan(10);
        int count = 0;
        while (value >= 0x80)
        {
            span[count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[count++] = (byte)value;
        _buffer.Advance(count);
    }

    /// <summary>Writes a signed number, zigzag-coded so that small ones of either sign stay short.</summary>
    public void VarInt(long value) => VarUInt((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Writes 0 or 1.</summary>
    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>Writes bytes, prefixed by their length.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        VarUInt((ulong)value.Length);
        Raw(value);
    }

    /// <summary>Writes bytes without their length.</summary>
    public void Raw(ReadOnlySpan<byte> value) => _buffer.Write(value);

    /// <summary>Writes text as UTF-8, prefixed by its length in bytes.</summary>
    public void Text(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        VarUInt((ulong)length);
        _buffer.Advance(Encoding.UTF8.GetBytes(value, _buffer.GetSpan(length)));
    }

    /// <summary>Writes whether there is a text, and then the text, which is empty if there is none.</summary>
    public void OptionalText(string? value)
    {
        Bool(value is not null);
        Text(value ?? "");
    }

    /// <summary>Writes the number of items, then each item.</summary>
    public void Items<T>(IReadOnlyCollection<T> items, Action<ByteWriter, T> write)
    {
        VarUInt((ulong)items.Count);
        foreach (T item in items)
            write(this, item);
    }

    /// <summary>A copy of all that was written.</summary>
    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    /// <summary>Discards what was written and keeps the memory.</summary>
    public void Clear() => _buffer.ResetWrittenCount();
}
