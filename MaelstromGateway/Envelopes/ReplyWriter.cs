using System.Buffers;
using OrleansShards.Core.Json;

namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>
/// Writes one reply: first <see cref="Begin"/>, then the fields through <see cref="Json"/>, then <see cref="End"/>.
/// It is either a whole line or, for a gateway that passes it on to its own client, the fields alone.
/// </summary>
internal ref struct ReplyWriter
{
    /// <summary>Where the fields go.</summary>
    internal JsonOut Json;

    private readonly IBufferWriter<byte> _output;
    private readonly GatewayRequest? _request;
    private readonly long _messageId;

    /// <summary>For a line that answers <paramref name="request"/>, as its node's message <paramref
    /// name="messageId"/>.</summary>
    internal ReplyWriter(IBufferWriter<byte> output, GatewayRequest request, long messageId)
    {
        _output = output;
        Json = new JsonOut(output);
        _request = request;
        _messageId = messageId;
    }

    /// <summary>For the type, as a string, and the fields, as an object, with nothing around and between.</summary>
    internal ReplyWriter(IBufferWriter<byte> output)
    {
        _output = output;
        Json = new JsonOut(output);
    }

    /// <summary>Begins the reply; <paramref name="type"/> needs no escapes.</summary>
    internal void Begin(ReadOnlySpan<byte> type)
    {
        if (_request is null)
        {
            WriteQuoted(type);
            Json = new JsonOut(_output);
            Json.BeginObject();
            return;
        }

        Json.BeginObject();
        Json.Name("src"u8);
        Json.WriteRaw(_request.Destination.Quoted);
        Json.Name("dest"u8);
        Json.WriteRaw(_request.Source.Quoted);
        Json.Name("body"u8);
        Json.BeginObject();
        Json.Name("type"u8);
        WriteQuoted(type);
        Json.Name("in_reply_to"u8);
        Json.WriteNumber(_request.MessageId.GetValueOrDefault());
        Json.Name("msg_id"u8);
        Json.WriteNumber(_messageId);
    }

    /// <summary>Ends the reply.</summary>
    internal void End()
    {
        Json.EndObject();
        if (_request is not null)
        {
            Json.EndObject();
            _output.Write("\n"u8);
        }
    }

    private void WriteQuoted(ReadOnlySpan<byte> plain)
    {
        Json.WriteRaw("\""u8);
        _output.Write(plain);
        _output.Write("\""u8);
    }
}
