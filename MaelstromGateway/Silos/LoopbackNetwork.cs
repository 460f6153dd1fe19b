using System.Net;
using System.Net.Sockets;
using System.Text;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansShards.Grains.Clustering;
using OrleansShards.Storage;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>How the silos of a cluster reach each other. Outlives the silo: the next one of the same node has the same address.</summary>
internal interface ISiloNetwork : IDisposable
{
    void Configure(ISiloBuilder silo);
}

/// <summary>Sockets on the loopback address.</summary>
internal sealed class LoopbackNetwork : ISiloNetwork
{
    private readonly Socket _port;

    private LoopbackNetwork(Socket port) => _port = port;

    internal static LoopbackNetwork Reserve(SharedDirectory state, string node) => new(LoopbackPort.Reserve(state, node));

    public void Configure(ISiloBuilder silo) => silo.Configure<EndpointOptions>(endpoints =>
    {
        endpoints.AdvertisedIPAddress = IPAddress.Loopback;
        endpoints.SiloPort = ((IPEndPoint)_port.LocalEndPoint!).Port;

        // Clients are in the silos' own processes.
        endpoints.GatewayPort = 0;
    });

    public void Dispose() => _port.Dispose();
}

/// <summary>
/// A silo's port on the loopback address. The system chooses it, and it is stored: a restarted silo with the same address replaces the one
/// before it at once. It stays reserved, as two silos on one port would start without an error.
/// </summary>
internal static class LoopbackPort
{
    /// <summary>Reserves the port of a node. No other process gets it while the socket is open.</summary>
    internal static Socket Reserve(SharedDirectory state, string node)
    {
        state.Ensure();
        string stored = Path.Combine(state.Ports, FileName(node));
        Socket? socket = File.Exists(stored) && ushort.TryParse(File.ReadAllText(stored), out ushort port)
            ? Bind(port)
            : null;
        if (socket is null)
        {
            socket = Bind(0)!;
            PrivateFiles.WriteText(stored, $"{((IPEndPoint)socket.LocalEndPoint!).Port}");
        }

        return socket;
    }

    // A node may have any name, such as "../x".
    private static string FileName(string node)
    {
        string name = $"node-{Uri.EscapeDataString(node)}";
        return name.Length <= 200 ? name : $"node-{Core.Json.StableHash.Of(Encoding.UTF8.GetBytes(node)):x16}";
    }

    private static Socket? Bind(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Never listens: the silo can, and the system gives the port to nobody who asks for a free one.
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }
        catch (SocketException) when (port != 0)
        {
            socket.Dispose();
            return null;
        }
    }
}
