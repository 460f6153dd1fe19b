using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Carriers;

/// <summary>
/// Carries requests to a cluster and replies back: into the process's own, or to another process. It brings the loop,
/// the one thread on which the gateway's state lives once there is a cluster.
/// </summary>
internal interface IRequestCarrier : IAsyncDisposable
{
    /// <summary>
    /// Runs something on the loop's thread, after all that was posted before. Thread-safe, returns at once, and never
    /// runs it inline.
    /// </summary>
    void Post(Action turn);

    /// <summary>
    /// Carries a request. On the loop's thread. Answers the reply where that is known at once; else null, and
    /// <paramref name="receiver"/> gets it exactly once, on the loop's thread, after this method has returned, and by
    /// the deadline.
    /// </summary>
    /// <param name="request">What is asked.</param>
    /// <param name="receiver">Who gets the reply.</param>
    IReply? Carry(GatewayRequest request, IReplyReceiver receiver);
}
