using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>An operation on a key; any node takes any key.</summary>
/// <param name="command">The operation.</param>
/// <param name="shard">The shard, where the request names it.</param>
/// <param name="session">The client's session, or none.</param>
internal sealed class KeyOperation(KeyCommand command, ShardId? shard, SessionTag session) : Operation
{
    private static readonly ErrorReply OtherOperation = new(
        ErrorCode.PreconditionFailed,
        "the field \"seq\" is that of an operation that was no read; expected it to rise with every new request");

    /// <inheritdoc/>
    internal override TimeSpan Limit(Deadlines deadlines) => deadlines.OnKey;

    /// <summary>Reads what the four verbs have in common, and what <paramref name="verb"/> has besides.</summary>
    internal static KeyOperation Read(KeyVerb verb, BodyFields fields)
    {
        var command = new KeyCommand(
            verb,
            fields.Value("key"u8),
            verb switch
            {
                KeyVerb.Write => fields.Value("value"u8),
                KeyVerb.CompareAndSet => fields.Value("to"u8),
                KeyVerb.Read or KeyVerb.Delete => default,
            },
            verb == KeyVerb.CompareAndSet ? fields.Value("from"u8) : default,
            verb == KeyVerb.CompareAndSet && fields.OptionalBoolean("create_if_not_exists"u8));
        return new KeyOperation(command, fields.OptionalShard(), Session(fields));
    }

    /// <inheritdoc/>
    internal override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
    {
        error = null;
        return new ClientRequest.OnKey(command, shard, session);
    }

    /// <inheritdoc/>
    internal override void WriteOk(Message reply, ref ReplyWriter writer)
    {
        var done = (KeyReply)reply;
        switch (command.Verb)
        {
            case KeyVerb.Read when done.Value.Kind == JsonKind.None:
                // A session's number that was used for a write before: what is recorded under it has no value.
                OtherOperation.Write(ref writer);
                break;
            case KeyVerb.Read:
                writer.Begin("read_ok"u8);
                writer.Json.Name("value"u8);
                writer.Json.WriteRaw(done.Value);
                break;
            case KeyVerb.Write:
                writer.Begin("write_ok"u8);
                break;
            case KeyVerb.CompareAndSet:
                writer.Begin("cas_ok"u8);
                break;
            case KeyVerb.Delete:
                writer.Begin("delete_ok"u8);
                break;
        }
    }

    private static SessionTag Session(BodyFields fields)
    {
        string? client = fields.OptionalText("client_id"u8);
        long? sequence = fields.OptionalInteger("seq"u8, long.MaxValue);
        if (client is not null && sequence is { } number)
        {
            return new SessionTag(SessionKind.Client, client, number);
        }

        if (client is not null)
        {
            fields.Fail(FieldTexts.Missing("seq"u8, "an integer, 0 or more, as client_id came"));
        }
        else if (sequence is not null)
        {
            fields.Fail(FieldTexts.Missing("client_id"u8, "a string that is not empty, as seq came"));
        }

        return SessionTag.None;
    }
}
