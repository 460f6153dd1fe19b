using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using OrleansShards.Grains.Interfaces.Membership;

namespace OrleansShards.Client;

/// <summary>Lets a client find silos that share a directory.</summary>
public static class DirectoryClusteringClientBuilderExtensions
{
    /// <summary>
    /// Finds silos in the directory in which they keep their membership (<c>UseDirectoryClustering</c> of a silo). A relative
    /// path is relative to the process's current directory at this call. The client only reads the directory; it may be
    /// started before the silos. It is an application's own client or that of
    /// <see cref="ShardsClientOptions.ConfigureOrleans"/>.
    /// </summary>
    public static IClientBuilder UseDirectoryClustering(this IClientBuilder builder, string directory)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        builder.Services.AddSingleton(new MembershipDirectory(Path.GetFullPath(directory)));
        builder.Services.AddSingleton<IGatewayListProvider, DirectoryGatewayListProvider>();
        return builder;
    }
}

internal sealed class DirectoryGatewayListProvider(
    MembershipDirectory directory, IOptions<ClusterOptions> cluster, IOptions<GatewayOptions> gateway) : IGatewayListProvider
{
    public TimeSpan MaxStaleness => gateway.Value.GatewayListRefreshPeriod;

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <summary>The active silos that take clients; empty if no silo has been started yet.</summary>
    /// <exception cref="InvalidDataException">The directory cannot be used; the text says why.</exception>
    public Task<IList<Uri>> GetGateways() => Task.Run<IList<Uri>>(() =>
    [
        .. (directory.ReadNewest(cluster.Value.ClusterId)?.Members ?? [])
            .Where(static row => row.Status == SiloStatus.Active && row.ProxyPort != 0)
            .Select(static row => SiloAddress.New(row.Silo.Endpoint.Address, row.ProxyPort, row.Silo.Generation).ToGatewayUri()),
    ]);
}
