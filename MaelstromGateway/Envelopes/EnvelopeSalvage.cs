using System.Text.Json;

namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>
/// Parses a line again that the strict reader refused: for a duplicate name, nesting that is too deep, or invalid UTF-8 in a string. If a
/// lenient reader finds the sender, the node and the <c>msg_id</c>, the line is answered with error 12 instead of being skipped. Slow.
/// </summary>
internal ref struct EnvelopeSalvage
{
    private Utf8JsonReader _reader;
    private JsonText _source;
    private JsonText _destination;
    private JsonText _messageId;
    private bool _isReply;

    private EnvelopeSalvage(ReadOnlySpan<byte> line) =>
        _reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = int.MaxValue });

    /// <summary>The request, refused with <paramref name="error"/>; null with a complaint, or without for a reply.</summary>
    internal static GatewayRequest? Read(ReadOnlySpan<byte> line, string error, out string? complaint)
    {
        complaint = $"it is not a JSON object: {error}";
        try
        {
            var salvage = new EnvelopeSalvage(line);
            if (!salvage.ReadEnvelope(line))
                return null;

            GatewayRequest? refused = salvage._isReply ? null : salvage.Refused(line.Length, error);
            complaint = salvage._isReply || refused is not null ? null : complaint;
            return refused;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private readonly GatewayRequest? Refused(int lineBytes, string error)
    {
        if (_source.Kind != JsonKind.String || _destination.Kind != JsonKind.String || !_messageId.TryReadInt64(out long id))
            return null;

        string text = $"the message is refused: {error}; expected JSON by RFC 8259 without a name twice";
        return new GatewayRequest(PeerName.From(_source), PeerName.From(_destination))
        {
            MessageId = id,
            LineBytes = lineBytes,
            Refusal = new ErrorReply(ErrorCode.MalformedRequest, text),
        };
    }

    private bool ReadEnvelope(ReadOnlySpan<byte> line)
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
            return false;

        bool hasBody = false;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isSource = _reader.ValueTextEquals("src"u8);
            bool isDestination = _reader.ValueTextEquals("dest"u8);
            bool isBody = _reader.ValueTextEquals("body"u8);
            _reader.Read();
            bool good = isSource ? TryTake(line, ref _source)
                : isDestination ? TryTake(line, ref _destination)
                : !isBody || (!hasBody && ReadBody(line));
            hasBody |= isBody;
            if (!good)
                return false;

            _reader.Skip();
        }

        // Anything after the object is an error, which only a further read finds.
        return !_reader.Read();
    }

    private bool ReadBody(ReadOnlySpan<byte> line)
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
            return false;

        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            _isReply |= _reader.ValueTextEquals("in_reply_to"u8);
            bool isId = _reader.ValueTextEquals("msg_id"u8);
            _reader.Read();
            if (isId && !TryTake(line, ref _messageId))
                return false;

            _reader.Skip();
        }

        return true;
    }

    /// <summary>Takes a scalar value; false if one was taken before, since it is ambiguous which of the two counts.</summary>
    private readonly bool TryTake(ReadOnlySpan<byte> line, ref JsonText taken) =>
        taken.Kind == JsonKind.None
        && _reader.TokenType is JsonTokenType.String or JsonTokenType.Number
        && JsonText.TryParse(line[(int)_reader.TokenStartIndex..(int)_reader.BytesConsumed], out taken, out _);
}
