using OrleansShards.Core;

namespace OrleansShards.Grains.Hosting;

/// <summary>What a silo found when it asked itself whether it can serve.</summary>
/// <param name="Ready">Whether a request that arrives now has somebody to go to.</param>
/// <param name="Primary">The primary, as this silo knows it; null where nobody is known to lead.</param>
/// <param name="Term">The newest term that this silo has seen; 0 before the first.</param>
/// <param name="Reason">For people: why it is not ready, or what makes it so.</param>
public sealed record ClusterHealthReport(bool Ready, MasterName? Primary, Term Term, string Reason);
