using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace OrleansShards.Grains.Clustering;

/// <summary>Makes a silo's membership independent of wall clocks (ADR 20).</summary>
public static class ClockToleranceSiloBuilderExtensions
{
    /// <summary>
    /// Lets silos whose clocks differ, or are set back, be one cluster. Orleans itself ends a silo whose clock is five minutes behind
    /// another's, and one that starts at an address at which a silo has started at a later time of its clock; and a silo whose clock is
    /// set back probes nobody until it has caught up. Called after the clustering has been added;
    /// <see cref="DirectoryClusteringSiloBuilderExtensions.UseDirectoryClustering"/> calls it itself.
    /// </summary>
    /// <param name="builder">The silo. Its membership table builds new entries for every read, as those of databases do.</param>
    /// <param name="greatestGeneration">
    /// The greatest generation that the membership table has for an endpoint, 0 for none. Called once, before the silo starts.
    /// </param>
    /// <exception cref="OrleansConfigurationException">No membership table has been added yet.</exception>
    public static ISiloBuilder TolerateClocks(this ISiloBuilder builder, Func<IServiceProvider, IPEndPoint, int> greatestGeneration)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(greatestGeneration);
        ServiceDescriptor table = builder.Services.LastOrDefault(static service =>
                service is { ServiceType: var type, IsKeyedService: false } && type == typeof(IMembershipTable))
            ?? throw new OrleansConfigurationException(
                $"{nameof(TolerateClocks)} was called before the silo had a membership table; call it after the clustering was added.");

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<SteadyClock>();
        foreach (string timers in (string[])[TimeProviderNames.Membership, TimeProviderNames.SystemTimers])
            builder.Services.AddKeyedSingleton<TimeProvider>(timers, static (services, _) => services.GetRequiredService<SteadyClock>());

        builder.Services.Remove(table);
        builder.Services.AddSingleton<IMembershipTable>(services => new OwnClockMembershipTable(
            (IMembershipTable)Create(table, services), services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<SteadyClock>()));
        builder.Services.Replace(ServiceDescriptor.Singleton<ILocalSiloDetails>(services => new LocalSilo(
            services.GetRequiredService<IOptions<SiloOptions>>().Value,
            services.GetRequiredService<IOptions<ClusterOptions>>().Value,
            services.GetRequiredService<IOptions<EndpointOptions>>().Value,
            endpoint => greatestGeneration(services, endpoint))));

        builder.Configure<ClusterMembershipOptions>(static options =>
        {
            // Compares the start of a joining silo, by that silo's clock, with this one's. A silo that dies while it joins is probed like
            // any other, and declared dead when it does not answer.
            options.EvictWhenMaxJoinAttemptTimeExceeded = false;

            // Takes a silo for dead that is not in the table yet, and whose generation is an hour behind this one's clock. Without it, who
            // was seen dead is remembered for as long as the silo runs.
            options.SiloGenerationRetirementAge = null;
        });
        return builder;
    }

    private static object Create(ServiceDescriptor service, IServiceProvider services) =>
        service.ImplementationInstance
        ?? service.ImplementationFactory?.Invoke(services)
        ?? ActivatorUtilities.CreateInstance(services, service.ImplementationType!);
}
