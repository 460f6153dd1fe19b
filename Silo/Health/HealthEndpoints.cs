using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Hosting;
using OrleansShards.Silo.Clustering;

namespace OrleansShards.Silo.Health;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: this silo serves, else 503. Both answer in JSON.</summary>
internal static class HealthEndpoints
{
    private const string ReadyTag = "ready";

    internal static void AddSiloHealth(this IServiceCollection services)
    {
        services.AddSingleton<ReadinessCheck>();
        services.AddHealthChecks().AddCheck<ReadinessCheck>("silo", tags: [ReadyTag]);
    }

    internal static void MapSiloHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealthChecks("/health/live", Options(static _ => false));
        endpoints.MapHealthChecks("/health/ready", Options(static check => check.Tags.Contains(ReadyTag)));
    }

    private static HealthCheckOptions Options(Func<HealthCheckRegistration, bool> wanted) =>
        new() { Predicate = wanted, ResponseWriter = WriteAsync };

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        OrderedDictionary<string, object?> body = new() { ["ok"] = report.Status == HealthStatus.Healthy };
        foreach (HealthReportEntry entry in report.Entries.Values)
        {
            body["reason"] = entry.Description;
            foreach ((string name, object value) in entry.Data)
                body[name] = value;
        }

        return context.Response.WriteAsJsonAsync(body, options: null, "application/json", context.RequestAborted);
    }
}

/// <summary>Whether this silo serves. Not ready as soon as the silo is told to stop.</summary>
internal sealed partial class ReadinessCheck(
    IServiceProvider services, SiloServices silo, DatabaseWait database, IHostApplicationLifetime lifetime,
    ILogger<ReadinessCheck> logger) : IHealthCheck
{
    // ClusterHealth asks all at once, for one second.
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(1500);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ClusterHealthReport report = await CheckAsync(cancellationToken);
        OrderedDictionary<string, object> data = [];
        if (report.Masters is { } masters)
        {
            data["masters"] = masters;
            data["term"] = report.Term.Value;
        }

        if (report.Primary is { } primary)
            data["primary"] = primary.Value;

        return new HealthCheckResult(report.Ready ? HealthStatus.Healthy : HealthStatus.Unhealthy, report.Reason, data: data);
    }

    /// <summary>The silo's report. A failure is a report that says so.</summary>
    internal async Task<ClusterHealthReport> CheckAsync(CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return new ClusterHealthReport(false, "the silo is stopping");

        if (!silo.AreRunning)
        {
            return new ClusterHealthReport(false, database.Obstacle is { } obstacle
                ? $"the silo is starting, and waits for its database: {obstacle}"
                : "the silo is starting");
        }

        try
        {
            // Not before: it would create Orleans' services, half of them before the silo creates itself.
            IClusterHealth health = services.GetRequiredService<IClusterHealth>();
            return await health.CheckAsync(cancellationToken).WaitAsync(Limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            return new ClusterHealthReport(false, $"the silo has not answered within {Limit.TotalMilliseconds:0} ms");
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFailed(failure);
            return new ClusterHealthReport(false, $"the silo cannot be asked: {failure.Message}");
        }
    }

    [LoggerMessage(LogEvents.HealthCheckFailed, LogLevel.Warning, "the silo's health check has failed")]
    private partial void LogFailed(Exception failure);
}
