using System.Buffers.Binary;
using System.Net;

namespace OrleansShards.MaelstromGateway.Network;

/// <summary>
/// The address of each node's silo, for Orleans, which knows silos by address: the node's number among <c>node_ids</c>. Every node derives
/// the same ones, and a restarted node has its old one. They are from the network that is set aside for benchmarks (RFC 2544), which no
/// host has: a socket to one would reach nobody.
/// </summary>
internal sealed class NodeAddresses(IReadOnlyList<string> nodes)
{
    internal const int Port = 1;

    private static readonly uint First = ToNumber(IPAddress.Parse("198.18.0.0"));

    /// <summary>The address of a node's silo.</summary>
    internal IPEndPoint Of(string node)
    {
        int index = nodes.ToList().IndexOf(node);
        return index >= 0
            ? new IPEndPoint(ToAddress(First + (uint)index), Port)
            : throw new ArgumentException($"'{node}' is not among the node_ids {string.Join(", ", nodes)}", nameof(node));
    }

    /// <summary>The node whose silo has an address; null if none has.</summary>
    internal string? At(EndPoint address) => nodes.FirstOrDefault(node => Of(node).Equals(address));

    internal bool Has(string node) => nodes.Contains(node);

    private static uint ToNumber(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress ToAddress(uint number)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
