using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;

namespace OrleansShards.Core.Json;

/// <summary>
/// XXH64, seed 0 unless given: the same on every machine, in every process, for ever. Where keys lie and stored digests
/// depend on it. Not keyed, so no protection against inputs made to collide; whoever uses it compares the bytes as well.
/// </summary>
public static class StableHash
{
    /// <summary>The 64-bit hash of <paramref name="bytes"/>; allocates nothing.</summary>
    [SuppressMessage("ApiDesign", "RS0030", Justification = "No I/O in spite of its namespace")]
    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed = 0) => XxHash64.HashToUInt64(bytes, (long)seed);
}
