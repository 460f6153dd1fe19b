using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>
/// A reply on its way back from the founder: its type and its fields, ready to be written into a line.
/// </summary>
internal sealed class ForwardedReply : IReply
{
    private readonly ReadOnlyMemory<byte> _type;
    private readonly ReadOnlyMemory<byte> _fields;

    private ForwardedReply(long id, ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> fields)
    {
        Id = id;
        _type = type;
        _fields = fields;
    }

    /// <summary>Whose reply it is.</summary>
    internal long Id { get; }

    /// <summary>Whether it is error 11.</summary>
    internal bool IsUnavailable => _type.Span.SequenceEqual("error"u8) && _fields.Span.StartsWith("{\"code\":11,"u8);

    /// <summary>The frame for a reply: the number, the type as a JSON string, and the fields as an object.</summary>
    internal static byte[] Encode(long id, IReply reply)
    {
        ByteWriter to = new();
        to.VarInt(id);
        ReplyWriter writer = new(to.Buffer);
        reply.Write(ref writer);
        writer.End();
        return to.ToArray();
    }

    /// <summary>Reads a frame, and keeps its memory.</summary>
    /// <exception cref="CorruptDataException">It is none.</exception>
    internal static ForwardedReply Decode(ReadOnlyMemory<byte> frame)
    {
        ByteReader from = new(frame.Span);
        long id = from.VarInt();
        ReadOnlyMemory<byte> rest = frame[from.Position..];
        int end = rest.Span[1..].IndexOf((byte)'"') + 1;
        return end > 0
            ? new ForwardedReply(id, rest[1..end], rest[(end + 1)..])
            : throw new CorruptDataException("a reply without a type");
    }

    /// <inheritdoc/>
    public void Write(ref ReplyWriter writer)
    {
        writer.Begin(_type.Span);
        if (!JsonObjectReader.TryOpen(_fields, out JsonObjectReader members, out string error))
        {
            throw new CorruptDataException($"the founder's reply has fields that are no object: {error}");
        }

        while (members.Read())
        {
            writer.Json.RawName(members.RawName.Span);
            writer.Json.WriteRaw(members.RawValue.Span);
        }
    }
}
