using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OrleansShards.Silo.Health;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: it can serve, else 503. Both say in JSON what they
/// found.
/// </summary>
internal static class HealthEndpoints
{
    private const string ReadyTag = "ready";

    internal static void AddSiloHealth(this IServiceCollection services)
    {
        services.AddSingleton<ReadinessCheck>();
        services.AddHealthChecks().AddCheck<ReadinessCheck>("cluster", tags: [ReadyTag]);
    }

    internal static void MapSiloHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealthChecks("/health/live", Options(static _ => false));
        endpoints.MapHealthChecks("/health/ready", Options(static check => check.Tags.Contains(ReadyTag)));
    }

    private static HealthCheckOptions Options(Func<HealthCheckRegistration, bool> wanted) =>
        new() { Predicate = wanted, ResponseWriter = WriteAsync };

    private static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        await using Utf8JsonWriter json = new(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteBoolean("ok", report.Status == HealthStatus.Healthy);
        foreach ((_, HealthReportEntry entry) in report.Entries)
        {
            foreach ((string name, object value) in entry.Data.OrderBy(static data => data.Key, StringComparer.Ordinal))
            {
                json.WritePropertyName(name);
                JsonSerializer.Serialize(json, value, value.GetType());
            }

            json.WriteString("reason", entry.Description);
        }

        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}

/// <summary>What is logged about health.</summary>
internal static partial class HealthLog
{
    [LoggerMessage(LogLevel.Warning, "the cluster's health cannot be asked for")]
    internal static partial void CheckFailed(ILogger logger, Exception failure);
}
