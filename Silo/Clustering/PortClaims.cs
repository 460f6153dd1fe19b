using System.Globalization;
using System.Net;
using System.Net.Sockets;
using OrleansShards.Grains.Clustering;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Clustering;

/// <summary>
/// Ports for silos that are started with the same options: each takes the first ones that no other silo of its directory has claimed and
/// that are free. A claim is a locked file, so it ends with its process.
/// </summary>
internal sealed class PortClaims : IDisposable
{
    private const int TriesMax = 1000;

    private readonly List<FileStream> _claims = [];

    /// <summary>Chooses the ports that the settings leave open. The claims last until this object is disposed.</summary>
    /// <exception cref="IOException">No port is free.</exception>
    internal SiloSettings Claim(SiloSettings settings)
    {
        if (settings.FreePorts.Count == 0)
            return settings;

        SharedDirectory directory = new(settings.DataDirectory!);
        directory.Ensure();
        int At(string option, IPEndPoint wanted) => settings.FreePorts.Contains(option) ? First(directory, option, wanted) : wanted.Port;
        return settings with
        {
            SiloPort = At("silo-port", settings.SiloEndpoint),
            GatewayPort = At("gateway-port", settings.GatewayEndpoint),
            HttpPort = At("http-port", settings.HttpEndpoint),
        };
    }

    public void Dispose() => _claims.ForEach(static claim => claim.Dispose());

    private int First(SharedDirectory directory, string option, IPEndPoint from)
    {
        for (int port = from.Port; port < Math.Min(from.Port + TriesMax, IPEndPoint.MaxPort); port++)
        {
            string file = Path.Combine(directory.Ports, port.ToString(CultureInfo.InvariantCulture));
            if (SharedDirectory.TryLock(file) is { } claim)
            {
                _claims.Add(claim);
                if (PortCheck.Problem(new IPEndPoint(from.Address, port)) is null)
                    return port;
            }
        }

        throw new IOException($"no port from {from.Port} on is free; expected --{option} with a free port");
    }
}

/// <summary>
/// Checks that the ports are free. Orleans shares its ports: a second silo would start on them too, and connections would reach either.
/// </summary>
internal static class PortCheck
{
    /// <summary>A sentence for each port that cannot be listened on.</summary>
    internal static IReadOnlyList<string> Problems(SiloSettings settings) =>
        [.. from end in settings.Endpoints let problem = Problem(end.At) where problem is not null
            select $"cannot listen for {end.Use} on {end.At} (--{end.Option}): {problem}"];

    /// <summary>Why nobody can listen there, or null.</summary>
    internal static string? Problem(IPEndPoint endpoint)
    {
        using Socket socket = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            socket.Listen(1);
            return null;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => "another process listens there; expected a free port",
                SocketError.AddressNotAvailable => "this machine has no such address",
                SocketError.AccessDenied => "this user may not use that port",
                _ => error.Message,
            };
        }
    }
}
