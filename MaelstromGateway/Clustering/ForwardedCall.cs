using OrleansShards.Client;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>A request of this gateway that the founder is to carry out.</summary>
/// <param name="request">The request.</param>
/// <param name="asked">What it asks.</param>
/// <param name="session">The session in which it may be sent again; none for what may be repeated as it is.</param>
/// <param name="deadline">When it is answered, whatever is known: ticks of the stop watch.</param>
/// <param name="receiver">Who gets the reply.</param>
internal sealed class ForwardedCall(
    GatewayRequest request, ClientRequest asked, SessionTag session, long deadline, IReplyReceiver receiver)
{
    internal SessionTag Session => session;

    internal long Deadline => deadline;

    /// <summary>Whether it was sent on a connection that is still there.</summary>
    internal bool IsSent { get; set; }

    /// <summary>Whether it was sent on a connection that is gone.</summary>
    internal bool MayHaveRun { get; set; }

    internal byte[] Frame(long id, int leftMs) => new ForwardedRequest(
        id, request.Destination.Value, session, MayHaveRun, leftMs, request.Body).Encode();

    /// <summary>
    /// Whether it may be sent again after a founder that may have carried it out has died. Seeding may not: it replaces
    /// what clients have written since.
    /// </summary>
    internal bool IsRepeatable => asked is not ClientRequest.OfShard { Request: SeedShard };

    /// <summary>
    /// Ends it. A refusal says nothing about what an earlier founder may have done: then nobody knows. (Operations on
    /// keys have a session, and the founder's router looks for what it recorded.)
    /// </summary>
    internal void End(IReply reply)
    {
        bool isCertain = session.Kind == SessionKind.Router || !MayHaveRun || !asked.HasEffect;
        bool isRefused = reply is ForwardedReply { IsUnavailable: true };
        receiver.Replied(request, isRefused && !isCertain ? AtDeadline() : reply);
    }

    /// <summary>What can be said when the time is up.</summary>
    internal ErrorReply AtDeadline() => asked.HasEffect && (IsSent || MayHaveRun)
        ? new ErrorReply(ErrorCode.Timeout, "it may have taken effect or not: the cluster has not answered in time")
        : new ErrorReply(
            ErrorCode.TemporarilyUnavailable,
            "not carried out, and it will not be: no process of the cluster could be reached in time");
}
