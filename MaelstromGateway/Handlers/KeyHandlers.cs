using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Errors;
using static OrleansShards.Client.Routing.ClientRequest;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>
/// Operations on keys. Any node takes any key. Each takes, besides the fields in the table, <c>shard</c>, which overrides
/// the key's own, and <c>client_id</c> with <c>seq</c>, which make it effective at most once.
/// </summary>
internal static class KeyHandlers
{
    private static readonly ErrorReply NoRead = new(
        ErrorCode.PreconditionFailed,
        "the field \"seq\" is that of an operation that was no read; expected it to rise with every new request");

    internal static readonly Handler[] All =
    [
        new Handler<OnKey, KeyReply>("read")
        {
            Read = static (fields, _) => Request(
                fields, new(KeyVerb.Read, fields.Value("key"u8), Value: default, Expected: default, CreateIfAbsent: false)),

            // The session used this number for an operation that was no read: what is recorded under it has no value.
            Refuse = static reply => reply.Value.Kind == JsonKind.None ? NoRead : null,
            Write = static (_, reply, ref to) => to.Field("value"u8, reply.Value),
        },
        new Handler<OnKey, KeyReply>("write")
        {
            Read = static (fields, _) => Request(
                fields,
                new(KeyVerb.Write, fields.Value("key"u8), fields.Value("value"u8), Expected: default, CreateIfAbsent: false)),
        },
        new Handler<OnKey, KeyReply>("cas")
        {
            Read = static (fields, _) => Request(
                fields,
                new(
                    KeyVerb.CompareAndSet,
                    fields.Value("key"u8),
                    Value: fields.Value("to"u8),
                    Expected: fields.Value("from"u8),
                    CreateIfAbsent: fields.OptionalBoolean("create_if_not_exists"u8))),
        },
        new Handler<OnKey, KeyReply>("delete")
        {
            Read = static (fields, _) => Request(
                fields, new(KeyVerb.Delete, fields.Value("key"u8), Value: default, Expected: default, CreateIfAbsent: false)),
        },
    ];

    private static OnKey Request(BodyFields fields, KeyCommand command) =>
        new(command, fields.OptionalShard(), Session(fields));

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
