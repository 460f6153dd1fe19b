using System.Buffers.Binary;
using System.Numerics;

namespace OrleansShards.Core.Json;

/// <summary>
/// XXH64, seed 0 unless given: a published hash with reference vectors (github.com/Cyan4973/xxHash,
/// doc/xxhash_spec.md). The same on every machine, in every process, for ever: stored data depends on it.
/// Not keyed, so no protection against inputs made to collide; whoever uses it compares the bytes as well.
/// </summary>
public static class StableHash
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;
    private const int StripeBytes = 32;

    /// <summary>The 64-bit hash of <paramref name="bytes"/>; allocates nothing.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed = 0)
    {
        ulong length = (ulong)bytes.Length;
        ulong hash = bytes.Length >= StripeBytes ? Stripes(ref bytes, seed) : seed + Prime5;
        return Avalanche(Tail(hash + length, bytes));
    }

    private static ulong Stripes(ref ReadOnlySpan<byte> bytes, ulong seed)
    {
        ulong a = seed + Prime1 + Prime2;
        ulong b = seed + Prime2;
        ulong c = seed;
        ulong d = seed - Prime1;
        while (bytes.Length >= StripeBytes)
        {
            a = Round(a, Read64(bytes));
            b = Round(b, Read64(bytes[8..]));
            c = Round(c, Read64(bytes[16..]));
            d = Round(d, Read64(bytes[24..]));
            bytes = bytes[StripeBytes..];
        }

        ulong hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7)
            + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
        hash = Merge(Merge(hash, a), b);
        return Merge(Merge(hash, c), d);
    }

    private static ulong Tail(ulong hash, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 8)
        {
            hash = (BitOperations.RotateLeft(hash ^ Round(0, Read64(bytes)), 27) * Prime1) + Prime4;
            bytes = bytes[8..];
        }

        if (bytes.Length >= 4)
        {
            ulong word = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            hash = (BitOperations.RotateLeft(hash ^ (word * Prime1), 23) * Prime2) + Prime3;
            bytes = bytes[4..];
        }

        foreach (byte last in bytes)
        {
            hash = BitOperations.RotateLeft(hash ^ (last * Prime5), 11) * Prime1;
        }

        return hash;
    }

    private static ulong Round(ulong lane, ulong word) =>
        BitOperations.RotateLeft(lane + (word * Prime2), 31) * Prime1;

    private static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * Prime1) + Prime4;

    private static ulong Avalanche(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    private static ulong Read64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
