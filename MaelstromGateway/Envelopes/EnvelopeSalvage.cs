using System.Text.Json;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>
/// A second look at a line that was refused as a whole: where it is JSON for a lenient reader (a name twice in some
/// value, nesting that is too deep, bytes that are not UTF-8 in some string) and says who asks whom, it is answered
/// with error 12 instead of being skipped. Slow, for what is rare.
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

    /// <summary>The request that answers error 12 with <paramref name="error"/>, or null with a complaint.</summary>
    internal static GatewayRequest? Read(ReadOnlySpan<byte> line, string error, out string? complaint)
    {
        complaint = null;
        try
        {
            var salvage = new EnvelopeSalvage(line);
            bool good = salvage.ReadEnvelope(line);
            if (good && salvage._isReply)
                return null;

            complaint = $"it is no JSON object: {error}";
            return good ? salvage.Refused(line.Length, error, ref complaint) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            complaint = $"it is no JSON object: {error}";
            return null;
        }
    }

    private readonly GatewayRequest? Refused(int lineBytes, string error, ref string? complaint)
    {
        bool hasNames = _source.Kind == JsonKind.String && _destination.Kind == JsonKind.String;
        if (!hasNames || !_messageId.TryReadInt64(out long id))
            return null;

        complaint = null;
        var request = new GatewayRequest(PeerName.From(_source), PeerName.From(_destination))
        {
            MessageId = id,
            LineBytes = lineBytes,
        };
        request.Refuse(new ErrorReply(
            ErrorCode.MalformedRequest,
            $"the message is refused: {error}; expected JSON by RFC 8259 without a name twice"));
        return request;
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

        // What stands behind the object is an error too, and shows only when it is read.
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

    /// <summary>Takes a value that must not have come before: of two nobody can say which one counts.</summary>
    private readonly bool TryTake(ReadOnlySpan<byte> line, ref JsonText taken)
    {
        bool isScalar = _reader.TokenType is JsonTokenType.String or JsonTokenType.Number;
        return taken.Kind == JsonKind.None
            && isScalar
            && JsonText.TryParse(line[(int)_reader.TokenStartIndex..(int)_reader.BytesConsumed], out taken, out _);
    }
}
