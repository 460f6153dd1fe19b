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

    internal void End(IReply reply) => receiver.Replied(request, reply);

    /// <summary>What can be said when the time is up.</summary>
    internal ErrorReply AtDeadline() => asked.HasEffect && (IsSent || MayHaveRun)
        ? new ErrorReply(ErrorCode.Timeout, "it may have taken effect or not: the cluster has not answered in time")
        : new ErrorReply(
            ErrorCode.TemporarilyUnavailable,
            "not carried out, and it will not be: no process of the cluster could be reached in time");
}
