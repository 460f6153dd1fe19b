using System.Globalization;
using System.Net;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>Where a silo takes clients, as people write it.</summary>
internal static class SiloAddressText
{
    /// <summary>Reads <c>HOST:PORT</c>; the host may be a name, an IPv4 address, or an IPv6 address in brackets.</summary>
    /// <returns>Null where it is none.</returns>
    internal static DnsEndPoint? Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 1
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port is < 1 or > IPEndPoint.MaxPort)
        {
            return null;
        }

        string host = text[..colon].Trim();
        bool isBracketed = host is ['[', .., ']'];
        string bare = isBracketed ? host[1..^1] : host;
        bool isGood = isBracketed
            ? IPAddress.TryParse(bare, out _)
            : Uri.CheckHostName(bare) is UriHostNameType.Dns or UriHostNameType.IPv4;
        return isGood ? new DnsEndPoint(bare, port) : null;
    }
}
