using System.Net;
using Orleans.Configuration;

namespace OrleansShards.Grains.Clustering;

/// <summary>
/// Who this silo is. Orleans takes the generation, which tells silos at one address apart, from the wall clock; of two in the table the
/// greater is the later one, and the other ends. This one is above what the table has, whatever the clock says.
/// </summary>
/// <param name="silo">Its name.</param>
/// <param name="cluster">Its cluster.</param>
/// <param name="endpoints">Where it is.</param>
/// <param name="greatestGeneration">The greatest generation that the table has for an endpoint; 0 for none.</param>
internal sealed class LocalSilo(
    SiloOptions silo, ClusterOptions cluster, EndpointOptions endpoints, Func<IPEndPoint, int> greatestGeneration) : ILocalSiloDetails
{
    // When it is first asked for: the configuration is complete then, and the silo has not read the table yet.
    private readonly Lazy<SiloAddress> _address = new(() =>
    {
        IPEndPoint endpoint = new(endpoints.AdvertisedIPAddress!, endpoints.SiloPort);
        return SiloAddress.New(endpoint, Generation(SiloAddress.AllocateNewGeneration(), greatestGeneration(endpoint), endpoint));
    });

    public string Name => silo.SiloName;

    public string ClusterId => cluster.ClusterId;

    public string DnsHostName { get; } = Dns.GetHostName();

    public SiloAddress SiloAddress => _address.Value;

    /// <summary>Null, as Orleans expects it, for a silo that takes no clients.</summary>
    public SiloAddress GatewayAddress => endpoints.GatewayPort == 0
        ? null!
        : SiloAddress.New(new IPEndPoint(endpoints.AdvertisedIPAddress!, endpoints.GatewayPort), 0);

    /// <summary>The generation of the next silo at an endpoint.</summary>
    /// <param name="byClock">Seconds of this machine's clock; below 1 if that is far off.</param>
    /// <param name="greatest">The greatest in the table; 0 for none.</param>
    /// <param name="endpoint">Where the silo is, for the text.</param>
    /// <exception cref="OrleansConfigurationException">There is none left.</exception>
    internal static int Generation(int byClock, int greatest, IPEndPoint endpoint) => greatest < int.MaxValue
        ? Math.Max(Math.Max(byClock, 1), greatest + 1)
        : throw new OrleansConfigurationException(
            $"A silo at {endpoint} was started while its clock was {Math.Round(TimeSpan.FromSeconds((long)greatest - byClock).TotalDays)} "
            + "days ahead of what this machine's says, and no later generation is left for this address; expected clocks before the year "
            + "2090. Start the silo at another address or port.");
}
