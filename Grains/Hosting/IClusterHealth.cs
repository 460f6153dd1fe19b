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

/// <summary>What a silo found when it asked itself whether it can serve.</summary>
/// <param name="Ready">Whether a request that arrives now has somebody to go to.</param>
/// <param name="Primary">The primary, as this silo knows it; null where nobody is known to lead.</param>
/// <param name="Term">The newest term that this silo has seen; 0 before the first.</param>
/// <param name="Reason">For people: why it is not ready, or what makes it so.</param>
public sealed record ClusterHealthReport(bool Ready, MasterName? Primary, Term Term, string Reason);
