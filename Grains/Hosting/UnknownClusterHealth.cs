namespace OrleansShards.Grains.Hosting;

/// <summary>Stands where nobody looks after the cluster: never ready, and says why.</summary>
public sealed class UnknownClusterHealth : IClusterHealth
{
    /// <inheritdoc />
    public Task<ClusterHealthReport> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(
        new ClusterHealthReport(false, null, default, "nothing in this silo looks after the cluster's health"));
}
