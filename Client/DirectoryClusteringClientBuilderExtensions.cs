using Microsoft.Extensions.DependencyInjection;
using Orleans.Messaging;
using OrleansShards.Client.Connecting;
using OrleansShards.Grains.Interfaces.Membership;

namespace OrleansShards.Client;

/// <summary>Lets a client find silos that share a directory.</summary>
public static class DirectoryClusteringClientBuilderExtensions
{
    /// <summary>
    /// Finds silos in the directory in which they keep their membership (<c>UseDirectoryClustering</c> of a silo). The
    /// client only reads it; it may be started before the silos.
    /// </summary>
    /// <param name="builder">
    /// The client: an application's own, or the one of <see cref="ShardsClientOptions.ConfigureOrleans"/>.
    /// </param>
    /// <param name="directory">
    /// The directory. A relative path is relative to the process's current directory at this call.
    /// </param>
    public static IClientBuilder UseDirectoryClustering(this IClientBuilder builder, string directory)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        builder.Services.AddSingleton(new MembershipDirectory(Path.GetFullPath(directory)));
        builder.Services.AddSingleton<IGatewayListProvider, DirectoryGatewayListProvider>();
        return builder;
    }
}
