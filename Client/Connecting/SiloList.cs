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
                {
                    found.Add(SiloAddress.New(new IPEndPoint(address, silo.Port), 0).ToGatewayUri());
                }
            }
            catch (SocketException failure)
            {
                obstacle = failure;
            }
        }

        return found.Count > 0 || obstacle is null ? found : throw obstacle;
    }
}
