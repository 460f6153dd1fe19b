using OrleansShards.Core.Shards;
using static OrleansShards.Client.Routing.ClientRequest;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>
/// Operations on keys. Any node takes any key. Besides the fields in the table each takes <c>shard</c>, which overrides the key's own,
/// and <c>client_id</c> with <c>seq</c>, which make the operation at-most-once.
/// </summary>
internal static class KeyHandlers
{
    private static readonly ErrorReply NotARead = new(
        ErrorCode.PreconditionFailed,
        "the field \"seq\" is that of an operation that was not a read; expected it to rise with every new request");

    internal static readonly Handler[] All =
    [
        new Handler<OnKey, KeyReply>("read")
        {
            Read = static (fields, _) => Request(fields, KeyVerb.Read),

            // The session used this number for another operation: its recorded outcome has no value.
            Refuse = static reply => reply.Value.Kind == JsonKind.None ? NotARead : null,
            Write = static (_, reply, ref to) => to.Field("value"u8, reply.Value),
        },
        new Handler<OnKey, KeyReply>("write") { Read = static (fields, _) => Request(fields, KeyVerb.Write, valueField: "value"u8) },
        new Handler<OnKey, KeyReply>("cas") { Read = static (fields, _) => Request(fields, KeyVerb.CompareAndSet, valueField: "to"u8) },
        new Handler<OnKey, KeyReply>("delete") { Read = static (fields, _) => Request(fields, KeyVerb.Delete) },
    ];

    private static OnKey Request(BodyFields fields, KeyVerb verb, ReadOnlySpan<byte> valueField = default)
    {
        bool isCompare = verb == KeyVerb.CompareAndSet;
        KeyCommand command = new(
            verb,
            fields.Value("key"u8),
            Value: valueField.IsEmpty ? default : fields.Value(valueField),
            Expected: isCompare ? fields.Value("from"u8) : default,
            CreateIfAbsent: isCompare && fields.OptionalBoolean("create_if_not_exists"u8));
        return new OnKey(command, fields.OptionalShard(), Session(fields));
    }

    private static SessionTag Session(BodyFields fields)
    {
        string? client = fields.OptionalText("client_id"u8);
        long? sequence = fields.OptionalInteger("seq"u8, long.MaxValue);
        if (client is not null && sequence is { } number)
            return new SessionTag(SessionKind.Client, client, number);

        if (client is not null)
            fields.Fail(FieldTexts.Missing("seq"u8, "an integer, 0 or more, as client_id came"));
        else if (sequence is not null)
            fields.Fail(FieldTexts.Missing("client_id"u8, "a string that is not empty, as seq came"));

        return SessionTag.None;
    }
}
