namespace OrleansShards.Grains.Hosting;

/// <summary>Whether this silo can serve now: what a load balancer and an operator ask.</summary>
public interface IClusterHealth
{
    /// <summary>
    /// Looks. Cheap enough to be asked every second by several askers; changes nothing. A cluster that cannot serve is
    /// a report that says so, not an exception.
    /// </summary>
    /// <param name="cancellationToken">Ends the looking; the asker takes that for "not ready".</param>
    Task<ClusterHealthReport> CheckAsync(CancellationToken cancellationToken);
}
