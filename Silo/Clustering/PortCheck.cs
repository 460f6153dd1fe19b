using System.Net;
using System.Net.Sockets;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Clustering;

/// <summary>
/// Whether the ports are free. Orleans shares ports with whoever else does: a second silo on the same ones starts
/// without an error, and connections go to either.
/// </summary>
internal static class PortCheck
{
    /// <summary>What is wrong with the ports, a sentence each; empty where all can be listened on.</summary>
    internal static IReadOnlyList<string> Problems(SiloSettings settings)
    {
        (string Option, string Use, IPEndPoint At)[] wanted =
        [
            ("silo-port", "silos", settings.SiloEndpoint),
            ("gateway-port", "clients", settings.GatewayEndpoint),
            ("http-port", "HTTP", settings.HttpEndpoint),
        ];
        return [.. from want in wanted let problem = Problem(want.At) where problem is not null
                   select $"cannot listen for {want.Use} on {want.At} (--{want.Option}): {problem}"];
    }

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
