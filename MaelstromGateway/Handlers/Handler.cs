using System.Text;
using OrleansShards.Core.Nodes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Writes the fields of the ok-reply to what was asked, after its type and numbers.</summary>
internal delegate void WriteFields<in TAsked, in TReply>(TAsked asked, TReply reply, ref ReplyWriter to);

/// <summary>A message type: which fields it takes, what it asks of the cluster, which fields its ok-reply has. Stateless.</summary>
/// <param name="type">The <c>type</c>; the ok-reply's is the same with <c>_ok</c>.</param>
internal abstract class Handler(string type)
{
    internal string Type => type;

    protected byte[] OkType { get; } = Encoding.UTF8.GetBytes(type + "_ok");

    /// <summary>
    /// Makes a <see cref="ClientRequest"/> or an <see cref="Init"/> of the fields. If they have a fault, the result is not used. Keeps
    /// nothing of the fields' memory. Called by the reader's thread. The node that is asked, <paramref name="destination"/>, is a group.
    /// </summary>
    internal abstract Message ReadRequest(BodyFields fields, GroupId destination);

    /// <summary>Writes the ok-reply, or the error in its place. <paramref name="reply"/> is null if the cluster was not asked.</summary>
    /// <exception cref="InvalidCastException">The answer does not belong to this request: a defect.</exception>
    internal abstract void WriteReply(Message asked, Message? reply, ref ReplyWriter to);
}

/// <summary>A message type that asks a <typeparamref name="TAsked"/> and is answered with a <typeparamref name="TReply"/>.</summary>
internal sealed class Handler<TAsked, TReply>(string type) : Handler(type)
    where TAsked : Message
    where TReply : Message
{
    /// <summary>The fields that it takes, in the order in which they are checked, and the request that they make.</summary>
    internal required Func<BodyFields, GroupId, TAsked> Read { get; init; }

    /// <summary>The error for some answer; null for an answer that gets an ok-reply.</summary>
    internal Func<TReply, ErrorReply?> Refuse { get; init; } = static _ => null;

    /// <summary>The fields of the ok-reply, in their order; none by default.</summary>
    internal WriteFields<TAsked, TReply> Write { get; init; } = static (_, _, ref _) => { };

    internal override Message ReadRequest(BodyFields fields, GroupId destination) => Read(fields, destination);

    internal override void WriteReply(Message asked, Message? reply, ref ReplyWriter to)
    {
        var answer = (TReply)reply!;
        if (Refuse(answer) is { } error)
        {
            error.Write(ref to);
            return;
        }

        to.Begin(OkType);
        Write((TAsked)asked, answer, ref to);
    }
}
