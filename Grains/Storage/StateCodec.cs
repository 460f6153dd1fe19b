using OrleansShards.Core.Bytes;

namespace OrleansShards.Grains.Storage;

/// <summary>The frame of all our states: the format first, a CRC-32C last.</summary>
internal static class StateCodec
{
    /// <summary>Reads the content between the two.</summary>
    internal delegate T Body<out T>(ref ByteReader from);

    internal static byte[] Seal(ByteWriter state)
    {
        state.Fixed32(Crc32C.Append(0, state.Written));
        return state.ToArray();
    }

    /// <exception cref="LogStoreException">It is damaged, or of another format.</exception>
    internal static T Open<T>(ReadOnlySpan<byte> bytes, byte format, string what, Body<T> read)
    {
        try
        {
            ReadOnlySpan<byte> body = bytes[..^Math.Min(bytes.Length, sizeof(uint))];
            ByteReader sum = new(bytes[body.Length..]);
            uint found = sum.Fixed32();
            uint expected = Crc32C.Append(0, body);
            if (found != expected)
                throw new CorruptDataException($"it has checksum {found:x8}, where {expected:x8} was expected");

            ByteReader from = new(body);
            byte version = from.Byte();
            if (version != format)
                throw new CorruptDataException($"it has format {version}, this version reads {format}");

            T state = read(ref from);
            from.End();
            return state;
        }
        catch (CorruptDataException damage)
        {
            throw new LogStoreException($"{what} cannot be read: {damage.Message}. Restore it from a backup.", damage);
        }
    }
}
