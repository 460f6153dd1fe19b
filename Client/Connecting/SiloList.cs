using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Orleans.Messaging;

namespace OrleansShards.Client.Connecting;

/// <summary>Resolves the silos' names each time that Orleans asks, because addresses of containers change.</summary>
internal sealed class SiloList(IReadOnlyList<SiloName> silos) : IGatewayListProvider
{
    public TimeSpan MaxStaleness { get; } = TimeSpan.FromSeconds(10);

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <exception cref="SocketException">No name can be resolved; this is the error of the last one.</exception>
    public async Task<IList<Uri>> GetGateways()
    {
        List<Uri> gateways = [];
        SocketException? obstacle = null;
        foreach (SiloName silo in silos)
        {
            try
            {
                foreach (IPAddress address in await Dns.GetHostAddressesAsync(silo.Host).ConfigureAwait(false))
                    gateways.Add(SiloAddress.New(new IPEndPoint(address, silo.Port), 0).ToGatewayUri());
            }
            catch (SocketException failure)
            {
                obstacle = failure;
            }
        }

        return gateways.Count > 0 || obstacle is null ? gateways : throw obstacle;
    }
}

/// <summary>Where a silo takes clients; the host is a name or an address, not yet resolved.</summary>
internal readonly record struct SiloName(string Host, int Port)
{
    /// <summary>Reads <c>HOST:PORT</c>, IPv6 in brackets; null if the text is something else.</summary>
    internal static SiloName? Parse(string? text)
    {
        int colon = text?.LastIndexOf(':') ?? -1;
        if (colon < 1
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port is < 1 or > 65535)
        {
            return null;
        }

        bool isBracketed = text![0] == '[' && text[colon - 1] == ']';
        string host = isBracketed ? text[1..(colon - 1)] : text[..colon];
        UriHostNameType kind = Uri.CheckHostName(host);
        bool isHost = isBracketed ? kind == UriHostNameType.IPv6 : kind is UriHostNameType.Dns or UriHostNameType.IPv4;
        return isHost ? new SiloName(host, port) : null;
    }
}
