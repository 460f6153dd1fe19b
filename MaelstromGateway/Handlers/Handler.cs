using System.Text;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Writes the fields of a reply, after its type and numbers.</summary>
/// <param name="asked">The request that is answered.</param>
/// <param name="reply">What the cluster answered.</param>
/// <param name="to">Where to.</param>
internal delegate void WriteFields<in TAsked, in TReply>(TAsked asked, TReply reply, ref ReplyWriter to);

/// <summary>One message type: which fields it takes, what it asks of the cluster, which fields its ok-reply has. Without
/// state.</summary>
/// <param name="type">The <c>type</c>; the ok-reply's is the same with <c>_ok</c>.</param>
internal abstract class Handler(string type)
{
    private readonly byte[] _okType = Encoding.UTF8.GetBytes(type + "_ok");

    /// <summary>The <c>type</c>.</summary>
    internal string Type => type;

    /// <summary>
    /// Reads what is asked: a <see cref="ClientRequest"/>, or an <see cref="Init"/>. On the reader's thread. Keeps
    /// nothing of the fields' memory, and leaves a fault in <paramref name="fields"/> where something is wrong with them: the
    /// result is not used then.
    /// </summary>
    /// <param name="fields">The body.</param>
    /// <param name="destination">The node that is asked; every node is a replica group.</param>
    internal abstract Message ReadRequest(BodyFields fields, GroupId destination);

    /// <summary>Writes the ok-reply, or the error that stands for it.</summary>
    /// <param name="asked">What was read.</param>
    /// <param name="reply">What the cluster answered; null where it was not asked.</param>
    /// <param name="to">Where to.</param>
    /// <exception cref="InvalidCastException">The answer is not one to this request: a defect.</exception>
    internal abstract void WriteReply(Message asked, Message? reply, ref ReplyWriter to);

    /// <summary>Writes the ok-reply's type.</summary>
    protected void BeginOk(ref ReplyWriter to) => to.Begin(_okType);
}

/// <summary>A message type, with what it asks and what it is answered as types.</summary>
/// <typeparam name="TAsked">What it asks.</typeparam>
/// <typeparam name="TReply">What the cluster answers to that.</typeparam>
/// <param name="type">The <c>type</c>.</param>
internal sealed class Handler<TAsked, TReply>(string type) : Handler(type)
    where TAsked : Message
    where TReply : Message
{
    /// <summary>The fields that it takes, in the order in which they are checked, and the request that they make.</summary>
    internal required Func<BodyFields, GroupId, TAsked> Read { get; init; }

    /// <summary>The error that stands for an answer; null where the answer is an ok-reply.</summary>
    internal Func<TReply, ErrorReply?> Refuse { get; init; } = static _ => null;

    /// <summary>The fields of the ok-reply, in their order.</summary>
    /// <value>No fields unless set.</value>
    internal WriteFields<TAsked, TReply> Write { get; init; } = static (_, _, ref _) => { };

    /// <inheritdoc/>
    internal override Message ReadRequest(BodyFields fields, GroupId destination) => Read(fields, destination);

    /// <inheritdoc/>
    internal override void WriteReply(Message asked, Message? reply, ref ReplyWriter to)
    {
        var answer = (TReply)reply!;
        if (Refuse(answer) is { } error)
        {
            error.Write(ref to);
            return;
        }

        BeginOk(ref to);
        Write((TAsked)asked, answer, ref to);
    }
}
