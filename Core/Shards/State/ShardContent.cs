using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>A shard's content in transit: what a client sent as JSON, checked, or what an entry carries.</summary>
internal sealed class ShardContent
{
    /// <summary>Keys and values, in the order in which they are to be added; no key twice.</summary>
    internal List<(JsonText Key, JsonText Value)> Items { get; } = [];

    /// <summary>Client sessions, in the order in which they are to be added; no name twice.</summary>
    internal List<(SessionName Name, long Sequence, RecordedReply Reply, JsonText Value)> Sessions { get; } = [];

    /// <summary>Bytes of keys, values, and the sessions' names and recorded replies.</summary>
    internal long Bytes => Items.Sum(static item => (long)item.Key.Span.Length + item.Value.Span.Length)
        + Sessions.Sum(static session => (long)session.Name.Utf8.Length + session.Value.Span.Length);

    /// <summary>The digest by JSON value: equal to <see cref="ShardState.ContentDigest"/> once this content is installed.</summary>
    internal ulong Digest() => ContentDigest.Of(Items, Sessions);

    internal void Write(ByteWriter writer)
    {
        writer.VarUInt((ulong)Items.Count);
        foreach ((JsonText key, JsonText value) in Items)
        {
            writer.Bytes(key.Span);
            writer.Bytes(value.Span);
        }

        writer.VarUInt((ulong)Sessions.Count);
        foreach ((SessionName name, long sequence, RecordedReply reply, JsonText value) in Sessions)
        {
            writer.Bytes(name.Utf8.Span);
            writer.VarInt(sequence);
            writer.Byte((byte)reply);
            writer.Bytes(value.Span);
        }
    }

    internal static ShardContent Read(ReadOnlyMemory<byte> entry, ref ByteReader reader)
    {
        ShardContent content = new();
        for (int left = reader.Count(); left > 0; left--)
            content.Items.Add((JsonText.Trusted(reader.Slice(entry)), JsonText.Trusted(reader.Slice(entry))));

        for (int left = reader.Count(); left > 0; left--)
        {
            SessionName name = new(reader.Slice(entry));
            long sequence = reader.VarInt();
            RecordedReply reply = SessionTable.ReadReply(ref reader);
            content.Sessions.Add((name, sequence, reply, JsonText.Trusted(reader.Slice(entry))));
        }

        return content;
    }
}
