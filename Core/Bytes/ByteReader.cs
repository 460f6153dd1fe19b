using System.Buffers.Binary;
using System.Text;

namespace OrleansShards.Core.Bytes;

/// <summary>Reads what <see cref="ByteWriter"/> wrote; throws <see cref="CorruptDataException"/> where the bytes end too early.</summary>
public ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How many bytes have been read.</summary>
    public int Position { get; private set; }

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _bytes.Length - Position;

    /// <summary>Reads one byte.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary>Reads 4 bytes.</summary>
    public uint Fixed32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>Reads 8 bytes.</summary>
    public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>Reads a varint of at most 64 bits.</summary>
    public ulong VarUInt()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Byte();
            if (shift == 63 && next > 1)
                break;

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw new CorruptDataException($"a number before byte {Position} has more than 64 bits");
    }

    /// <summary>Reads a zigzag-coded number.</summary>
    public long VarInt()
    {
        ulong value = VarUInt();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Reads a count or length. The bytes that are left must have at least one byte per item.</summary>
    public int Count()
    {
        ulong count = VarUInt();
        if (count > (ulong)Remaining)
            throw new CorruptDataException($"a length of {count} at byte {Position}, where {Remaining} bytes are left");

        return (int)count;
    }

    /// <summary>Reads 0 or 1.</summary>
    public bool Bool()
    {
        byte value = Byte();
        return value <= 1 ? value == 1 : throw new CorruptDataException($"{value} before byte {Position}, where 0 or 1 was expected");
    }

    /// <summary>Reads length-prefixed bytes, as a slice.</summary>
    public ReadOnlySpan<byte> Bytes() => Take(Count());

    /// <summary>Reads length-prefixed bytes without a copy, as a slice of the memory whose span this reader reads.</summary>
    public ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> whole)
    {
        int length = Bytes().Length;
        return whole.Slice(Position - length, length);
    }

    /// <summary>Reads length-prefixed UTF-8.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>Reads a text that may be missing.</summary>
    public string? OptionalText()
    {
        bool hasText = Bool();
        string text = Text();
        return hasText ? text : null;
    }

    /// <summary>Reads the number of items, then each item.</summary>
    public T[] Items<T>(ReadItem<T> read)
    {
        T[] items = new T[Count()];
        for (int i = 0; i < items.Length; i++)
            items[i] = read(ref this);

        return items;
    }

    /// <summary>Throws if bytes are left.</summary>
    public readonly void End()
    {
        if (Remaining != 0)
            throw new CorruptDataException($"{Remaining} bytes are left over after byte {Position}");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining)
            throw new CorruptDataException($"{count} bytes wanted at byte {Position}, where {Remaining} are left");

        ReadOnlySpan<byte> taken = _bytes.Slice(Position, count);
        Position += count;
        return taken;
    }
}

/// <summary>Reads one item of <see cref="ByteReader.Items"/>.</summary>
public delegate T ReadItem<out T>(ref ByteReader from);

/// <summary>
/// Stored bytes are not what was written: damaged, cut short, or of a format that this version does not know. A reader of
/// a log stops there and raises an alarm; nothing is skipped.
/// </summary>
public sealed class CorruptDataException(string text) : Exception(text);
