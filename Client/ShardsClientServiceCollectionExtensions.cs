using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OrleansShards.Client.Connecting;
using OrleansShards.Client.Requests;

namespace OrleansShards.Client;

/// <summary>Adds a client to an application: <see cref="IShardsClient"/> and <see cref="IShardsAdmin"/>.</summary>
/// <remarks>
/// The host connects it in the background: it starts although no silo is up, and calls find out. Stopped with the host,
/// it waits for requests in flight. Options are validated when the host starts
/// (<see cref="OptionsValidationException"/>, all errors at once).
/// </remarks>
public static class ShardsClientServiceCollectionExtensions
{
    /// <summary>Adds a client that reaches silos from outside, through an Orleans client of its own.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the options; null where they are configured elsewhere.</param>
    public static IServiceCollection AddOrleansShardsClient(
        this IServiceCollection services, Action<ShardsClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<IGrainSource, OutsideGrains>();
        return services.AddClient(inSilo: false, configure);
    }

    /// <summary>As above, with the options of a configuration's section.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="section">The section: its keys are the names of <see cref="ShardsClientOptions"/>.</param>
    public static IServiceCollection AddOrleansShardsClient(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        services.AddOptions<ShardsClientOptions>().Bind(section);
        return services.AddOrleansShardsClient();
    }

    /// <summary>Adds a client to a process that hosts a silo of the cluster: its calls take no way round.</summary>
    /// <param name="services">The silo's services.</param>
    /// <param name="configure">Sets the options; addresses, names and TLS are the silo's.</param>
    public static IServiceCollection AddOrleansShardsClientInSilo(
        this IServiceCollection services, Action<ShardsClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<IGrainSource>(
            static provider => new SiloGrains(provider.GetRequiredService<IGrainFactory>()));
        return services.AddClient(inSilo: true, configure);
    }

    private static IServiceCollection AddClient(
        this IServiceCollection services, bool inSilo, Action<ShardsClientOptions>? configure)
    {
        services.AddOptions<ShardsClientOptions>().Configure(configure ?? (static _ => { })).ValidateOnStart();
        if (services.Any(static service => service.ServiceType == typeof(IShardsClient)))
            return services;

        services.AddLogging();
        services.AddSingleton<IValidateOptions<ShardsClientOptions>>(new ShardsClientValidation(inSilo));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ClusterConnection>();
        services.AddSingleton<RequestTracker>();
        services.AddSingleton<PrimaryNews>();
        services.AddSingleton<IShardsClient, ShardsClient>();
        services.AddSingleton<IShardsAdmin, ShardsAdmin>();
        services.AddSingleton<IHostedService, ClusterConnector>();
        return services;
    }
}
