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
internal struct ContentDigest
{
    private ulong _items;
    private ulong _itemCount;
    private ulong _sessions;
    private ulong _sessionCount;

    internal readonly ulong Value => new Digest64(_itemCount).With(_items).With(_sessionCount).With(_sessions).Value;

    internal void AddItem(JsonText key, JsonText value)
    {
        _items += new Digest64(KeyText.From(key).Hash).With(JsonCanonical.Of(value).Span).Value;
        _itemCount++;
    }

    internal void AddSession(SessionName name, long sequence, RecordedReply reply, JsonText value)
    {
        ReadOnlySpan<byte> canonical = value.Kind == JsonKind.None ? default : JsonCanonical.Of(value).Span;
        _sessions += new Digest64(name.Hash).With((ulong)sequence).With((ulong)reply).With(canonical).Value;
        _sessionCount++;
    }
}
