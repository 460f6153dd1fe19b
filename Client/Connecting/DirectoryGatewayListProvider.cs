using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using OrleansShards.Grains.Interfaces.Membership;

namespace OrleansShards.Client.Connecting;

/// <summary>The silos that Orleans may connect to, from the directory in which silos keep their membership.</summary>
internal sealed class DirectoryGatewayListProvider(
    MembershipDirectory directory, IOptions<ClusterOptions> cluster, IOptions<GatewayOptions> gateway) : IGatewayListProvider
{
    /// <inheritdoc />
    public TimeSpan MaxStaleness => gateway.Value.GatewayListRefreshPeriod;

    /// <inheritdoc />
    public bool IsUpdatable => true;

    /// <inheritdoc />
    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <inheritdoc />
    /// <returns>
    /// Active silos that take clients; none where no silo has been started yet, as the client may be first.
    /// </returns>
    /// <exception cref="InvalidDataException">The directory cannot be used; the text says why.</exception>
    public Task<IList<Uri>> GetGateways() => Task.Run<IList<Uri>>(() =>
    [
        .. (directory.ReadNewest(cluster.Value.ClusterId)?.Members ?? [])
            .Where(static row => row.Status == SiloStatus.Active && row.ProxyPort != 0)
            .Select(static row =>
                SiloAddress.New(row.Silo.Endpoint.Address, row.ProxyPort, row.Silo.Generation).ToGatewayUri()),
    ]);
}
