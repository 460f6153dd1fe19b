using System.Buffers;

namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>Writes the fields of an object within a reply.</summary>
/// <param name="item">What becomes an object.</param>
/// <param name="to">Where to.</param>
internal delegate void WriteItem<in T>(T item, ref ReplyWriter to);

/// <summary>Writes a reply's line: first <see cref="Begin"/>, then the fields, then <see cref="End"/>. A field without a value
/// is <c>null</c>.</summary>
/// <param name="output">Where the line goes.</param>
/// <param name="request">What is answered.</param>
/// <param name="messageId">The number of the reply among its node's messages.</param>
internal ref struct ReplyWriter(IBufferWriter<byte> output, GatewayRequest request, long messageId)
{
    /// <summary>For values that no method here writes.</summary>
    internal JsonOut Json = new(output);

    private readonly IBufferWriter<byte> _output = output;

    /// <summary>Begins the line, up to the reply's own fields; <paramref name="type"/> needs no escapes.</summary>
    internal void Begin(ReadOnlySpan<byte> type)
    {
        Json.BeginObject();
        Json.Name("src"u8);
        Json.WriteRaw(request.Destination.Quoted);
        Json.Name("dest"u8);
        Json.WriteRaw(request.Source.Quoted);
        BeginObject("body"u8);
        Json.Name("type"u8);
        Json.WriteRaw("\""u8);
        _output.Write(type);
        _output.Write("\""u8);
        Json.Name("in_reply_to"u8);
        Json.WriteNumber(request.MessageId.GetValueOrDefault());
        Json.Name("msg_id"u8);
        Json.WriteNumber(messageId);
    }

    /// <summary>Ends the line.</summary>
    internal void End()
    {
        Json.EndObject();
        Json.EndObject();
        _output.Write("\n"u8);
    }

    /// <summary>A text.</summary>
    internal void Field(ReadOnlySpan<byte> name, string? text)
    {
        Json.Name(name);
        if (text is null)
            Json.WriteNull();
        else
            Json.WriteString(text);
    }

    /// <summary>A number.</summary>
    internal void Field(ReadOnlySpan<byte> name, long? number)
    {
        Json.Name(name);
        if (number is { } known)
            Json.WriteNumber(known);
        else
            Json.WriteNull();
    }

    /// <summary>A term, an epoch or an index.</summary>
    internal void Field(ReadOnlySpan<byte> name, ulong number) => Field(name, (long)number);

    /// <summary>True or false.</summary>
    internal void Field(ReadOnlySpan<byte> name, bool value)
    {
        Json.Name(name);
        Json.WriteBoolean(value);
    }

    /// <summary>A value in JSON, as it is.</summary>
    internal void Field(ReadOnlySpan<byte> name, JsonText value)
    {
        Json.Name(name);
        Json.WriteRaw(value);
    }

    /// <summary>A shard's number.</summary>
    internal void Field(ReadOnlySpan<byte> name, ShardId shard) => Field(name, shard.Value);

    /// <summary>A group's name.</summary>
    internal void Field(ReadOnlySpan<byte> name, GroupId? group) => Field(name, group?.Value);

    /// <summary>A master's name.</summary>
    internal void Field(ReadOnlySpan<byte> name, MasterName? master) => Field(name, master?.Value);

    /// <summary>An array of groups' names.</summary>
    internal void Names(ReadOnlySpan<byte> name, IEnumerable<GroupId> groups)
    {
        Json.Name(name);
        Json.BeginArray();
        foreach (GroupId group in groups)
            Json.WriteString(group.Value);

        Json.EndArray();
    }

    /// <summary>An array of objects.</summary>
    internal void Objects<T>(ReadOnlySpan<byte> name, IEnumerable<T> items, WriteItem<T> write)
    {
        Json.Name(name);
        Json.BeginArray();
        foreach (T item in items)
        {
            Json.BeginObject();
            write(item, ref this);
            Json.EndObject();
        }

        Json.EndArray();
    }

    /// <summary>Begins a field that is an object.</summary>
    internal void BeginObject(ReadOnlySpan<byte> name)
    {
        Json.Name(name);
        Json.BeginObject();
    }

    /// <summary>Ends it.</summary>
    internal void EndObject() => Json.EndObject();
}
