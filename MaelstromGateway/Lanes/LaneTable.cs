using System.Runtime.InteropServices;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Lanes;

/// <summary>The lanes in which something is under way. A lane that falls idle is forgotten: sources come and
/// go.</summary>
internal sealed class LaneTable
{
    // Most sources wait for their answer before they ask again, so lanes come and go with every request.
    private const int SpareMax = 1024;

    private readonly Dictionary<LaneKey, Lane> _lanes = [];
    private readonly Stack<Lane> _spare = [];

    /// <summary>Puts a request at the end of its lane; true if it is the first there, and has to be begun.</summary>
    internal bool Add(GatewayRequest request)
    {
        ref Lane? lane = ref CollectionsMarshal.GetValueRefOrAddDefault(_lanes, KeyOf(request), out bool exists);
        if (!exists)
            lane = _spare.TryPop(out Lane? spare) ? spare : new Lane();

        lane!.Add(request);
        return !exists;
    }

    /// <summary>Takes out a request that has ended, the first of its lane; answers the one behind it, or
    /// null.</summary>
    internal GatewayRequest? Remove(GatewayRequest request)
    {
        Lane lane = request.Lane!;
        lane.RemoveFirst();
        if (lane.First is { } next)
            return next;

        _lanes.Remove(KeyOf(request));
        if (_spare.Count < SpareMax)
            _spare.Push(lane);

        return null;
    }

    private static LaneKey KeyOf(GatewayRequest request) => new(request.Source, request.Destination);

    private readonly record struct LaneKey(PeerName Source, PeerName Destination);
}

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
            First = request;
        else
            _last.Next = request;

        _last = request;
    }

    /// <summary>Takes the first request out.</summary>
    internal void RemoveFirst()
    {
        First = First!.Next;
        _last = First is null ? null : _last;
    }
}
