using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace OrleansShards.Grains.Diagnostics;

/// <summary>The meter and the source of spans of a silo, and their registration. docs/telemetry.md lists what they have.</summary>
public static class ShardsDiagnostics
{
    /// <summary>The name of the meter that has every metric of a silo.</summary>
    public const string MeterName = "OrleansShards";

    /// <summary>The name of the source of every span of a silo.</summary>
    public const string ActivitySourceName = "OrleansShards";

    /// <summary>Adds the metrics; safe to call more than once.</summary>
    public static IServiceCollection AddShardsDiagnostics(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton(static provider => new ShardsMetrics(provider.GetRequiredService<IMeterFactory>().Create(MeterName)));
        return services;
    }
}
