namespace OrleansShards.Simulation.Checkers;

/// <summary>What the check of a history came to.</summary>
/// <param name="Verdict">
/// Not linearizable if one key is not; else undecided if one key is; else linearizable.
/// </param>
/// <param name="Key">The first key, in ordinal order, that has this verdict; null if the history is linearizable.</param>
/// <param name="Evidence">Why that key is not linearizable; null otherwise.</param>
/// <param name="Configurations">How many configurations were explored, of all keys, evidence not counted.</param>
/// <param name="UndecidedKeys">The keys whose search was given up.</param>
/// <param name="Violations">
/// One for each key that is not linearizable. What is undecided is no violation: look at <paramref name="Verdict"/>.
/// </param>
public sealed record LinearizabilityResult(
    LinearizabilityVerdict Verdict,
    string? Key,
    LinearizabilityEvidence? Evidence,
    long Configurations,
    IReadOnlyList<string> UndecidedKeys,
    IReadOnlyList<Violation> Violations);
