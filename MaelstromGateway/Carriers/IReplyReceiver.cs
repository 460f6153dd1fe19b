using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Carriers;

/// <summary>Gets the replies to the requests that it gave to a carrier.</summary>
internal interface IReplyReceiver
{
    /// <summary>A request has ended. On the loop's thread; throws nothing.</summary>
    void Replied(GatewayRequest request, IReply reply);
}
