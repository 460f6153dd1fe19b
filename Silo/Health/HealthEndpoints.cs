using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OrleansShards.Grains.Hosting;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Health;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: it can serve, else 503. Both return their findings as JSON.
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

/// <summary>Whether a request that arrives now can be served. Unhealthy as soon as the silo is told to stop.</summary>
internal sealed partial class ReadinessCheck(
    IClusterHealth cluster, IHostApplicationLifetime lifetime, ILogger<ReadinessCheck> logger) : IHealthCheck
{
    // ClusterHealth may ask both masters, one second each.
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(2500);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return HealthCheckResult.Unhealthy("the silo is stopping");

        if (!lifetime.ApplicationStarted.IsCancellationRequested)
            return HealthCheckResult.Unhealthy("the silo is starting");

        ClusterHealthReport report = await LookAsync(cancellationToken);
        Dictionary<string, object> data = new() { ["term"] = report.Term.Value };
        if (report.Primary is { } primary)
            data["primary"] = primary.Value;

        return new HealthCheckResult(report.Ready ? HealthStatus.Healthy : HealthStatus.Unhealthy, report.Reason, data: data);
    }

    /// <summary>The cluster's report. A failure is a report that says so.</summary>
    internal async Task<ClusterHealthReport> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await cluster.CheckAsync(cancellationToken).WaitAsync(Limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            return new ClusterHealthReport(false, null, default, $"the cluster has not answered within {Limit.TotalMilliseconds:0} ms");
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFailed(failure);
            return new ClusterHealthReport(false, null, default, $"the cluster cannot be asked: {failure.Message}");
        }
    }

    [LoggerMessage(LogLevel.Warning, "the cluster's health check has failed")]
    private partial void LogFailed(Exception failure);
}

/// <summary>
/// Drains: after it is told to stop, a silo is not ready, but serves for as long as the settings say before anything stops. So a load
/// balancer that checks every few seconds has time to stop sending.
/// </summary>
internal sealed class DrainBeforeStop(SiloSettings settings, TimeProvider clock) : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellationToken) =>
        settings.Drain > TimeSpan.Zero ? Task.Delay(settings.Drain, clock, cancellationToken) : Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
