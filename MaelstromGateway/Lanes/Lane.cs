using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Lanes;

/// <summary>What one source asks of one destination: one request under way, the others behind it in the order they
/// came.</summary>
internal sealed class Lane
{
    private GatewayRequest? _last;

    /// <summary>The request that is under way; null in a lane that is idle.</summary>
    internal GatewayRequest? First { get; private set; }

    /// <summary>Puts a request at the end.</summary>
    internal void Add(GatewayRequest request)
    {
        request.Lane = this;
        if (_last is null)
        {
            First = request;
        }
        else
        {
            _last.Next = request;
        }

        _last = request;
    }

    /// <summary>Takes the first request out.</summary>
    internal void RemoveFirst()
    {
        First = First!.Next;
        _last = First is null ? null : _last;
    }
}
