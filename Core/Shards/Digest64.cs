using System.Buffers.Binary;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Hashes one thing after the other into 64 bits: each is hashed with what came before it as the seed.
/// </summary>
/// <remarks>Logged and compared by replicas of any version: what it computes may never change.</remarks>
internal readonly record struct Digest64(ulong Value)
{
    internal Digest64 With(ulong number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        return new(StableHash.Of(bytes, Value));
    }

    internal Digest64 With(ReadOnlySpan<byte> bytes) => new(StableHash.Of(bytes, Value + (ulong)bytes.Length));
}
