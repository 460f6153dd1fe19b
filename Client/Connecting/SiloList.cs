using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Orleans.Messaging;

namespace OrleansShards.Client.Connecting;

/// <summary>
/// The silos that Orleans may connect to: their names are resolved each time that it asks, since where silos run in
/// containers addresses change.
/// </summary>
internal sealed class SiloList(IReadOnlyList<SiloName> silos) : IGatewayListProvider
{
    /// <inheritdoc />
    public TimeSpan MaxStaleness { get; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    public bool IsUpdatable => true;

    /// <inheritdoc />
    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <inheritdoc />
    /// <exception cref="SocketException">No name at all can be resolved; this is the last one's error.</exception>
    public async Task<IList<Uri>> GetGateways()
    {
        List<Uri> found = [];
        SocketException? obstacle = null;
        foreach (SiloName silo in silos)
        {
            try
            {
                foreach (IPAddress address in await Dns.GetHostAddressesAsync(silo.Host).ConfigureAwait(false))
                    found.Add(SiloAddress.New(new IPEndPoint(address, silo.Port), 0).ToGatewayUri());
            }
            catch (SocketException failure)
            {
                obstacle = failure;
            }
        }

        return found.Count > 0 || obstacle is null ? found : throw obstacle;
    }
}

/// <summary>Where a silo takes clients, as it was written.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">The port.</param>
internal readonly record struct SiloName(string Host, int Port)
{
    /// <summary>Reads <c>HOST:PORT</c>, IPv6 in brackets.</summary>
    internal static bool TryParse(string? text, out SiloName silo)
    {
        silo = default;
        int colon = text?.LastIndexOf(':') ?? -1;
        if (colon < 1
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port is < 1 or > 65535)
        {
            return false;
        }

        bool isBracketed = text![0] == '[' && text[colon - 1] == ']';
        string host = isBracketed ? text[1..(colon - 1)] : text[..colon];
        silo = new SiloName(host, port);
        return Uri.CheckHostName(host) is var kind
            && (isBracketed ? kind == UriHostNameType.IPv6 : kind is UriHostNameType.Dns or UriHostNameType.IPv4);
    }
}
