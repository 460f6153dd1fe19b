using OrleansShards.MaelstromGateway.Errors;
using OrleansShards.MaelstromGateway.Handlers;

namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>Makes a request of a line, or says why there is none. For one thread.</summary>
/// <param name="handlers">Who knows which type.</param>
/// <param name="shardCount">How many shards there are.</param>
internal sealed class EnvelopeReader(HandlerTable handlers, int shardCount)
{
    private readonly NameCache _names = new();
    private readonly BodyFields _fields = new(shardCount);

    /// <summary>
    /// Reads a line. Null where there is nothing to carry out: then <paramref name="complaint"/> says what is wrong, or
    /// is null too for a line that is rightly ignored (a reply). The line's memory is not kept.
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

        complaint = source is null ? "\"src\" is missing or no string"
            : destination is null ? "\"dest\" is missing or no string"
            : hasBody ? null
            : "\"body\" is missing or no object";
        if (complaint is not null)
            return null;

        return ReadBody(source!, destination!, line.Length, out complaint);
    }

    private GatewayRequest? ReadBody(PeerName source, PeerName destination, int lineBytes, out string? complaint)
    {
        complaint = null;
        if (_fields.IsReply)
            return null;

        bool hasId = _fields.TryMessageId(out long? messageId);
        JsonText type = _fields.Type();
        complaint = !hasId ? "\"msg_id\" is no integer of 64 bits, so nothing could answer it"
            : type.Kind == JsonKind.None && messageId is null
                ? "\"type\" is missing or no string, and no \"msg_id\" to answer to"
            : null;
        if (complaint is not null)
            return null;

        var request = new GatewayRequest(source, destination) { MessageId = messageId, LineBytes = lineBytes };
        if (type.Kind == JsonKind.None)
            request.Refuse(new ErrorReply(ErrorCode.MalformedRequest, _fields.Fault!));
        else
            handlers.Read(type, _fields, request);

        return request;
    }
}
