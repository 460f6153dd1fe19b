using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace OrleansShards.Grains.Diagnostics;

/// <summary>The names under which a process tells of itself, and where its metrics come from.</summary>
public static class ShardsDiagnostics
{
    /// <summary>The name of the meter that has every metric of this product.</summary>
    public const string MeterName = "OrleansShards";

    /// <summary>The name of the source of its activities (spans).</summary>
    public const string ActivitySourceName = "OrleansShards";

    /// <summary>The source of its activities. Makes none while nobody listens.</summary>
    public static ActivitySource Source { get; } = new(ActivitySourceName);

    /// <summary>Adds <see cref="ShardsMetrics"/>; again changes nothing.</summary>
    public static IServiceCollection AddShardsDiagnostics(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton<ShardsMetrics>();
        return services;
    }
}
