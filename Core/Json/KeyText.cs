using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Text;

namespace OrleansShards.Core.Json;

/// <summary>
/// The identity of a key in the store: the canonical bytes of its JSON value and their 64-bit hash. Keys 1 and 1.0 are the
/// same key, "1" is another. <c>default</c> is no key: empty bytes.
/// </summary>
public readonly record struct KeyText : IComparable<KeyText>
{
    private KeyText(ReadOnlyMemory<byte> canonical)
    {
        Canonical = canonical;
        Hash = StableHash.Of(canonical.Span);
    }

    /// <summary>The canonical bytes (<see cref="JsonCanonical"/>), which are JSON text themselves.</summary>
    public ReadOnlyMemory<byte> Canonical { get; }

    /// <summary><see cref="StableHash"/> of <see cref="Canonical"/>, the same in every process.</summary>
    public ulong Hash { get; }

    /// <summary>
    /// The key that a JSON value names. If the text is canonical already, the key shares its memory and keeps the array
    /// behind it alive (<see cref="ToOwned"/> undoes that).
    /// </summary>
    public static KeyText From(JsonText json) => new(JsonCanonical.Of(json));

    /// <summary>The same key in its own memory.</summary>
    public KeyText ToOwned() => new(Canonical.ToArray());

    /// <summary>Whether it is the same JSON value.</summary>
    public bool Equals(KeyText other) => Hash == other.Hash && Canonical.Span.SequenceEqual(other.Canonical.Span);

    /// <summary>The upper half of <see cref="Hash"/>: the lower bits are alike within a shard.</summary>
    public override int GetHashCode() => (int)(Hash >> 32);

    /// <summary>Order of the canonical bytes, the same everywhere: for deterministic iteration.</summary>
    public int CompareTo(KeyText other) => Canonical.Span.SequenceCompareTo(other.Canonical.Span);

    /// <summary>The canonical text.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Canonical.Span);
}

/// <summary>
/// Maps a key to its shard. The result for a given key and count may never change, in any version or on any machine:
/// data is stored where it says. Tests pin values; a change that breaks one of them is wrong, not the test.
/// </summary>
public static class ShardHash
{
    /// <summary>
    /// The shard of <paramref name="key"/>, from 0 to <paramref name="shardCount"/> − 1: the key's 64-bit hash modulo
    /// the count. Spread evenly to within 2^-32; allocates nothing.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="shardCount"/> is below 1.</exception>
    public static int ShardOf(KeyText key, int shardCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        return (int)(key.Hash % (ulong)shardCount);
    }
}

/// <summary>
/// XXH64, seed 0 unless given: the same on every machine, in every process and version, because the placement of keys and
/// stored digests depend on it. Not keyed, so inputs can be made to collide; compare the bytes as well.
/// </summary>
public static class StableHash
{
    /// <summary>The 64-bit hash of <paramref name="bytes"/>; allocates nothing.</summary>
    [SuppressMessage("ApiDesign", "RS0030", Justification = "No I/O in spite of its namespace")]
    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed = 0) => XxHash64.HashToUInt64(bytes, (long)seed);
}
