using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OrleansShards.Client.Connecting;
using OrleansShards.Client.Diagnostics;
using OrleansShards.Client.Requests;

namespace OrleansShards.Client;

/// <summary>Adds a client to an application: <see cref="IShardsClient"/> and <see cref="IShardsAdmin"/>.</summary>
/// <remarks>
/// The host starts although no silo is up, and connects the client in the background. When the host stops, the client waits
/// for requests in flight. Options are validated when the host starts (<see cref="OptionsValidationException"/>, all errors
/// at once).
/// </remarks>
public static class ShardsClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds a client that reaches silos from outside, through its own Orleans client. <paramref name="configure"/> is null if the
    /// options are configured elsewhere.
    /// </summary>
    public static IServiceCollection AddOrleansShardsClient(
        this IServiceCollection services, Action<ShardsClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<IGrainSource, OutsideGrains>();
        return services.AddClient(inSilo: false, configure);
    }

    /// <summary>Adds the same client; the keys of the section are the names of <see cref="ShardsClientOptions"/>.</summary>
    public static IServiceCollection AddOrleansShardsClient(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        services.AddOptions<ShardsClientOptions>().Bind(section);
        return services.AddOrleansShardsClient();
    }

    /// <summary>
    /// Adds a client to a process that hosts a silo of the cluster: its calls go through that silo. Addresses, names and TLS are
    /// the silo's, whatever the options say.
    /// </summary>
    public static IServiceCollection AddOrleansShardsClientInSilo(
        this IServiceCollection services, Action<ShardsClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<IGrainSource, SiloGrains>();
        return services.AddClient(inSilo: true, configure);
    }

    private static IServiceCollection AddClient(this IServiceCollection services, bool inSilo, Action<ShardsClientOptions>? configure)
    {
        services.AddOptions<ShardsClientOptions>().Configure(configure ?? (static _ => { })).ValidateOnStart();
        if (services.Any(static service => service.ServiceType == typeof(IShardsClient)))
            return services;

        services.AddLogging();
        services.AddSingleton<IValidateOptions<ShardsClientOptions>>(new ShardsClientValidation(inSilo));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(static provider => new ShardsClientMetrics(provider.GetService<IMeterFactory>()));
        services.AddSingleton<ClusterConnection>();
        services.AddSingleton<RequestTracker>();
        services.AddSingleton<PrimaryNews>();
        services.AddSingleton<IShardsClient, ShardsClient>();
        services.AddSingleton<IShardsAdmin, ShardsAdmin>();
        services.AddSingleton<IHostedService, ClusterConnector>();
        return services;
    }
}
