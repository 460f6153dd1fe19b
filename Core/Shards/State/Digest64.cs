using System.Buffers.Binary;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>Hashes a sequence into 64 bits: each element is hashed with the hash of those before it as the seed.</summary>
/// <remarks>Logged and compared by replicas of any version: the function may never change.</remarks>
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

/// <summary>
/// A digest of data and client sessions by JSON value, independent of order and spelling: a coordinator that parses a
/// snapshot and writes it again changes white space, escapes, the notation of numbers and the order of names, and still
/// hands over the same content. It sums, because a sum needs no order.
/// </summary>
/// <remarks>Two groups compare it over the wire, and it is logged: the function may never change.</remarks>
internal static class ContentDigest
{
    internal static ulong Of(
        IEnumerable<(JsonText Key, JsonText Value)> items,
        IEnumerable<(SessionName Name, long Sequence, RecordedReply Reply, JsonText Value)> sessions)
    {
        (ulong itemSum, ulong itemCount, ulong sessionSum, ulong sessionCount) = (0, 0, 0, 0);
        foreach ((JsonText key, JsonText value) in items)
        {
            itemSum += new Digest64(KeyText.From(key).Hash).With(JsonCanonical.Of(value).Span).Value;
            itemCount++;
        }

        foreach ((SessionName name, long sequence, RecordedReply reply, JsonText value) in sessions)
        {
            ReadOnlySpan<byte> canonical = value.Kind == JsonKind.None ? default : JsonCanonical.Of(value).Span;
            sessionSum += new Digest64(name.Hash).With((ulong)sequence).With((ulong)reply).With(canonical).Value;
            sessionCount++;
        }

        return new Digest64(itemCount).With(itemSum).With(sessionCount).With(sessionSum).Value;
    }
}
