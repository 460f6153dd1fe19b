using System.Net;
using System.Net.Sockets;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>Ports of the loopback address that nobody listens on; handed out once each in this process.</summary>
internal static class FreePorts
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Taken = [];

    internal static int[] Take(int count)
    {
        lock (Gate)
        {
            List<int> ports = [];
            while (ports.Count < count)
            {
                using TcpListener listener = new(IPAddress.Loopback, 0);
                listener.Start();
                int port = ((IPEndPoint)listener.LocalEndpoint).Port;
                if (Taken.Add(port))
                    ports.Add(port);
            }

            return [.. ports];
        }
    }
}
