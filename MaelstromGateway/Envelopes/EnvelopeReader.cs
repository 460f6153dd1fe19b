namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>Parses lines into requests. For one thread.</summary>
internal sealed class EnvelopeReader(HandlerTable handlers, int shardCount)
{
    private readonly NameCache _names = new();
    private readonly BodyFields _fields = new(shardCount);

    /// <summary>
    /// Reads a line. Returns null for a line that asks for nothing: then <paramref name="complaint"/> says what is wrong with the line,
    /// or is null too if the line is a reply, which is ignored. The line's memory is not kept.
    /// </summary>
    internal GatewayRequest? Read(ReadOnlyMemory<byte> line, out string? complaint)
    {
        PeerName? source = null;
        PeerName? destination = null;
        bool hasBody = false;
        JsonObjectReader members = JsonObjectReader.OfMessage(line);
        while (members.ReadName(out JsonMember member))
        {
            if (member.NameIs("body"u8) && members.TryEnter())
            {
                hasBody = true;
                _fields.Open(ref members);
            }
            else if (member.NameIs("src"u8) && members.ReadValue(ref member))
            {
                source = _names.Find(member);
            }
            else if (member.NameIs("dest"u8) && members.ReadValue(ref member))
            {
                destination = _names.Find(member);
            }
        }

        if (!members.Finish(out string error))
            return EnvelopeSalvage.Read(line.Span, error, out complaint);

        complaint = source is null ? "\"src\" is missing or not a string"
            : destination is null ? "\"dest\" is missing or not a string"
            : hasBody ? null
            : "\"body\" is missing or not an object";
        return complaint is null ? ReadBody(source!, destination!, line.Length, out complaint) : null;
    }

    private GatewayRequest? ReadBody(PeerName source, PeerName destination, int lineBytes, out string? complaint)
    {
        complaint = null;
        if (_fields.IsReply)
            return null;

        bool hasId = _fields.TryMessageId(out long? messageId);
        JsonText type = _fields.Type();
        bool hasType = type.Kind != JsonKind.None;
        complaint = !hasId ? "\"msg_id\" is not a 64-bit integer, so no reply is possible"
            : !hasType && messageId is null ? "\"type\" is missing or not a string, and there is no \"msg_id\" to reply to"
            : null;
        if (complaint is not null)
            return null;

        var request = new GatewayRequest(source, destination) { MessageId = messageId, LineBytes = lineBytes };
        if (hasType)
            handlers.Read(type, _fields, request);
        else
            request.Refusal = new ErrorReply(ErrorCode.MalformedRequest, _fields.Fault!);

        return request;
    }
}
