using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace OrleansShards.Core.Bytes;

/// <summary>CRC-32C (Castagnoli, RFC 3720), by the processor's instruction where there is one.</summary>
public static class Crc32C
{
    /// <summary>Continues a checksum (0 at the beginning) with the bytes that follow.</summary>
    public static uint Append(uint before, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~before;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));

        foreach (byte last in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, last);

        return ~crc;
    }
}
