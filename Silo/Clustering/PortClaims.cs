using System.Globalization;
using System.Net;
using OrleansShards.Grains.Clustering;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Clustering;

/// <summary>
/// Ports for silos that are started with the same options: each takes the first ones that no other silo of its directory
/// has claimed and nobody listens on. A claim is a file that its process keeps locked, so it ends with the process.
/// </summary>
internal sealed class PortClaims : IDisposable
{
    private const int TriesMax = 1000;

    private readonly List<FileStream> _claims = [];

    /// <summary>The settings with the ports that were left open; the claims last until this is disposed.</summary>
    /// <exception cref="IOException">None is free.</exception>
    internal SiloSettings Claim(SiloSettings settings)
    {
        if (settings.FreePorts.Count == 0)
            return settings;

        SharedDirectory directory = new(settings.DataDirectory!);
        directory.Ensure();
        int At(string option, IPEndPoint wanted) =>
            settings.FreePorts.Contains(option) ? First(directory, option, wanted) : wanted.Port;
        return settings with
        {
            SiloPort = At("silo-port", settings.SiloEndpoint),
            GatewayPort = At("gateway-port", settings.GatewayEndpoint),
            HttpPort = At("http-port", settings.HttpEndpoint),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _claims.ForEach(static claim => claim.Dispose());

    private int First(SharedDirectory directory, string option, IPEndPoint from)
    {
        for (int port = from.Port; port < Math.Min(from.Port + TriesMax, IPEndPoint.MaxPort); port++)
        {
            if (TryClaim(Path.Combine(directory.Ports, port.ToString(CultureInfo.InvariantCulture))) is { } claim)
            {
                _claims.Add(claim);
                if (PortCheck.Problem(new IPEndPoint(from.Address, port)) is null)
                    return port;
            }
        }

        throw new IOException($"no port from {from.Port} on is free; expected --{option} with one that is");
    }

    private static FileStream? TryClaim(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
