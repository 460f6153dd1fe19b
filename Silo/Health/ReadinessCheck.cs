using Microsoft.Extensions.Diagnostics.HealthChecks;
using OrleansShards.Grains.Hosting;

namespace OrleansShards.Silo.Health;

/// <summary>Whether a request that arrives now has somebody to go to. No, from the moment at which the silo is told to stop.</summary>
internal sealed class ReadinessCheck(IClusterHealth cluster, IHostApplicationLifetime lifetime, ILogger<ReadinessCheck> logger)
    : IHealthCheck
{
    /// <summary>How long is looked: both masters are asked, a second each, where the first does not answer.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(2500);

    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return HealthCheckResult.Unhealthy("the silo is stopping");

        if (!lifetime.ApplicationStarted.IsCancellationRequested)
            return HealthCheckResult.Unhealthy("the silo is starting");

        return Result(await LookAsync(cancellationToken));
    }

    /// <summary>The report; never fails.</summary>
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
            HealthLog.CheckFailed(logger, failure);
            return new ClusterHealthReport(false, null, default, $"the cluster cannot be asked: {failure.Message}");
        }
    }

    private static HealthCheckResult Result(ClusterHealthReport report)
    {
        Dictionary<string, object> data = new() { ["term"] = report.Term.Value };
        if (report.Primary is { } primary)
            data["primary"] = primary.Value;

        return new HealthCheckResult(report.Ready ? HealthStatus.Healthy : HealthStatus.Unhealthy, report.Reason, data: data);
    }
}
