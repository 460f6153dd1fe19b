using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Grains.Clustering;

/// <summary>Makes silos that share a directory one cluster.</summary>
public static class DirectoryClusteringSiloBuilderExtensions
{
    /// <summary>
    /// Keeps the cluster's membership in a directory, without a server: silos with the same directory and the same
    /// <c>ClusterOptions.ClusterId</c> find each other there.
    /// </summary>
    /// <remarks>
    /// The file system is local, or shared so that all machines see a change at once: it must have hard links, and must not cache that
    /// a file is absent. Silos reach each other by their advertised addresses, which on several machines must not be loopback
    /// addresses. The directory is checked when the silo starts (<see cref="OrleansConfigurationException"/>). If it is lost later, silos
    /// keep running, but none can join or be declared dead.
    /// </remarks>
    /// <param name="builder">The silo.</param>
    /// <param name="directory">
    /// The directory, for one cluster and nothing else; created if it is missing. A relative path is resolved against the current directory
    /// of the process at this call.
    /// </param>
    public static ISiloBuilder UseDirectoryClustering(this ISiloBuilder builder, string directory)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new MembershipDirectory(Path.GetFullPath(directory)))
            .AddSingleton<IMembershipTable, DirectoryMembershipTable>()
            .AddSingleton<IConfigurationValidator, DirectoryClusteringValidator>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>, JoiningTurn>();
        return builder.TolerateClocks(static (services, endpoint) => GreatestGeneration(
            services.GetRequiredService<MembershipDirectory>(), services.GetRequiredService<IOptions<ClusterOptions>>(), endpoint));
    }

    /// <summary>
    /// Keeps the logs and the membership in a directory that all silos of the cluster share, without a server. A silo also needs
    /// <see cref="OrleansShardsSiloBuilderExtensions.AddOrleansShards"/>.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="synchronous">
    /// Whether acknowledged data is on the disk (default true). With false it survives the process but not the machine. All silos have
    /// the same.
    /// </param>
    /// <exception cref="LogStoreException">The directory holds something else, or cannot be created.</exception>
    public static ISiloBuilder UseSharedDirectory(this ISiloBuilder builder, SharedDirectory directory, bool synchronous = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(directory);
        directory.Ensure();
        return builder
            .UseDirectoryClustering(directory.Members)
            .AddDirectoryLogStore(new DirectoryLogStoreOptions { Directory = directory.Logs, Synchronous = synchronous });
    }

    // A directory that cannot be read is refused by DirectoryClusteringValidator, which Orleans calls later.
    private static int GreatestGeneration(MembershipDirectory directory, IOptions<ClusterOptions> cluster, IPEndPoint endpoint)
    {
        try
        {
            return directory.ReadNewest(cluster.Value.ClusterId) is { } table
                ? table.Members.Where(row => row.Silo.Endpoint.Equals(endpoint)).Max(static row => (int?)row.Silo.Generation) ?? 0
                : 0;
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
