using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Grains.Clustering;

/// <summary>Makes silos that share a directory one cluster.</summary>
public static class DirectoryClusteringSiloBuilderExtensions
{
    /// <summary>
    /// Keeps the cluster's membership in a directory: silos that are started with the same one, and the same
    /// <c>ClusterOptions.ClusterId</c>, find each other there. Needs no server.
    /// </summary>
    /// <remarks>
    /// On a local file system, or on one that all machines see alike at once: it must have hard links, and it must not
    /// keep in a cache that a file is absent. Silos reach each other by the addresses that they advertise, so that on
    /// several machines these are not the loopback's. The directory is tried when the silo starts
    /// (<see cref="OrleansConfigurationException"/>); if it is lost later, silos run on, but none can join or be
    /// declared dead.
    /// </remarks>
    /// <param name="builder">The silo.</param>
    /// <param name="directory">
    /// The directory, for this alone and for one cluster; created where it is missing. A relative path is relative to
    /// the process's current directory at this call.
    /// </param>
    public static ISiloBuilder UseDirectoryClustering(this ISiloBuilder builder, string directory)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        builder.Services.AddSingleton(new MembershipDirectory(Path.GetFullPath(directory)));
        builder.Services.AddSingleton<IMembershipTable, DirectoryMembershipTable>();
        builder.Services.AddSingleton<IConfigurationValidator, DirectoryClusteringValidator>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, JoiningTurn>();
        return builder;
    }

    /// <summary>
    /// Keeps the logs in a directory that all silos of the cluster share, and finds the other silos there. No server is
    /// needed. Beside this, a silo needs <see cref="OrleansShardsSiloBuilderExtensions.AddOrleansShards"/>.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="synchronous">
    /// Whether what is acknowledged is on the disk. Default true; with false it outlives processes but not the machine.
    /// The same for all silos.
    /// </param>
    /// <exception cref="LogStoreException">The directory holds something else, or cannot be made.</exception>
    public static ISiloBuilder UseSharedDirectory(
        this ISiloBuilder builder, SharedDirectory directory, bool synchronous = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(directory);
        directory.Ensure();
        return builder
            .UseDirectoryClustering(directory.Members)
            .AddDirectoryLogStore(new DirectoryLogStoreOptions { Directory = directory.Logs, Synchronous = synchronous });
    }
}
