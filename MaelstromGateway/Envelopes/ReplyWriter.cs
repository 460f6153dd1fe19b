using System.Buffers;
using System.Globalization;

namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>Writes the fields of an object within a reply.</summary>
internal delegate void WriteItem<in T>(T item, ref ReplyWriter to);

/// <summary>Writes a reply's line: <see cref="Begin"/>, the fields, <see cref="End"/>. A field without a value is <c>null</c>.</summary>
internal ref struct ReplyWriter(IBufferWriter<byte> output, GatewayRequest request, long messageId)
{
    private readonly IBufferWriter<byte> _output = output;
    private JsonOut _json = new(output);

    /// <summary>Begins the line, up to the reply's own fields; <paramref name="type"/> must not need escapes.</summary>
    internal void Begin(ReadOnlySpan<byte> type)
    {
        _json.BeginObject();
        _json.Name("src"u8);
        _json.WriteRaw(request.Destination.Quoted);
        _json.Name("dest"u8);
        _json.WriteRaw(request.Source.Quoted);
        BeginObject("body"u8);
        _json.Name("type"u8);
        _json.WriteRaw("\""u8);
        _output.Write(type);
        _output.Write("\""u8);
        _json.Name("in_reply_to"u8);
        _json.WriteNumber(request.MessageId.GetValueOrDefault());
        _json.Name("msg_id"u8);
        _json.WriteNumber(messageId);
    }

    internal void End()
    {
        _json.EndObject();
        _json.EndObject();
        _output.Write("\n"u8);
    }

    internal void Field(ReadOnlySpan<byte> name, string? text)
    {
        _json.Name(name);
        if (text is null)
            _json.WriteNull();
        else
            _json.WriteString(text);
    }

    internal void Field(ReadOnlySpan<byte> name, long? number)
    {
        _json.Name(name);
        if (number is { } known)
            _json.WriteNumber(known);
        else
            _json.WriteNull();
    }

    internal void Field(ReadOnlySpan<byte> name, bool value)
    {
        _json.Name(name);
        _json.WriteBoolean(value);
    }

    internal void Field(ReadOnlySpan<byte> name, JsonText value)
    {
        _json.Name(name);
        _json.WriteRaw(value);
    }

    internal void Field(ReadOnlySpan<byte> name, ulong number) => Field(name, (long)number);
    internal void Field(ReadOnlySpan<byte> name, ShardId shard) => Field(name, shard.Value);
    internal void Field(ReadOnlySpan<byte> name, GroupId? group) => Field(name, group?.Value);
    internal void Field(ReadOnlySpan<byte> name, MasterName? master) => Field(name, master?.Value);

    internal void Names(ReadOnlySpan<byte> name, IEnumerable<GroupId> groups)
    {
        _json.Name(name);
        _json.BeginArray();
        foreach (GroupId group in groups)
            _json.WriteString(group.Value);

        _json.EndArray();
    }

    internal void Objects<T>(ReadOnlySpan<byte> name, IEnumerable<T> items, WriteItem<T> write)
    {
        _json.Name(name);
        _json.BeginArray();
        foreach (T item in items)
        {
            _json.BeginObject();
            write(item, ref this);
            _json.EndObject();
        }

        _json.EndArray();
    }

    /// <summary>An object that maps each shard's number to its group, in the order of the numbers.</summary>
    internal void Owners(ReadOnlySpan<byte> name, ConfigReply config)
    {
        BeginObject(name);
        foreach ((int shard, GroupId owner) in config.Shards)
        {
            _json.Name(shard.ToString(CultureInfo.InvariantCulture));
            _json.WriteString(owner.Value);
        }

        EndObject();
    }

    /// <summary><c>pause_ms</c>, rounded up, so that a pause is never shown as none.</summary>
    internal void Pause(long? pauseUs) => Field("pause_ms"u8, (pauseUs + 999) / 1000);

    internal void BeginObject(ReadOnlySpan<byte> name)
    {
        _json.Name(name);
        _json.BeginObject();
    }

    internal void EndObject() => _json.EndObject();
}

/// <summary>An error as a message's body.</summary>
internal static class ErrorReplies
{
    internal static void Write(this ErrorReply error, ref ReplyWriter to)
    {
        to.Begin("error"u8);
        to.Field("code"u8, (int)error.Code);
        to.Field("text"u8, error.Text);
        if (error.Primary is { } primary)
            to.Field("primary"u8, primary);

        if (error.Owner is { } owner)
            to.Field("gid"u8, owner);
    }
}
