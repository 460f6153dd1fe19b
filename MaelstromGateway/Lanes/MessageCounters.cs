using System.Runtime.InteropServices;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Lanes;

/// <summary>The <c>msg_id</c> that each node emits next: from 0, rising by one.</summary>
internal sealed class MessageCounters
{
    // Nodes that do not exist speak too, to say so. Should somebody go through very many of those, the later ones are
    // not remembered: each of their messages is number 0.
    private const int NodesMax = 65_536;

    private readonly Dictionary<PeerName, long> _next = [];

    /// <summary>The number of the message that <paramref name="node"/> emits now.</summary>
    internal long Take(PeerName node)
    {
        bool isRemembered = _next.Count < NodesMax || _next.ContainsKey(node);
        return isRemembered ? CollectionsMarshal.GetValueRefOrAddDefault(_next, node, out _)++ : 0;
    }
}
