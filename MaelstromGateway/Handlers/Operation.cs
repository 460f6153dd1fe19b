using OrleansShards.Client;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>What one request asks: how it is put to a cluster, and how the answer is written. Immutable.</summary>
internal abstract class Operation
{
    /// <summary>How long it may take, of what the gateway was told.</summary>
    internal virtual TimeSpan Limit(Deadlines deadlines) => deadlines.Other;

    /// <summary>
    /// What the cluster is to be asked, or null with an error that is known without asking. On the loop's thread.
    /// </summary>
    /// <param name="names">Who there is.</param>
    /// <param name="destination">Who was asked: one of <paramref name="names"/>.</param>
    /// <param name="error">What is answered instead; always definite.</param>
    internal abstract ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error);

    /// <summary>Writes the ok-reply, from its type to its last field.</summary>
    /// <param name="reply">What the cluster answered.</param>
    /// <param name="writer">Where to.</param>
    /// <exception cref="InvalidCastException">The cluster answered something else than was asked: a fault of
    /// ours.</exception>
    internal abstract void WriteOk(Message reply, ref ReplyWriter writer);
}
