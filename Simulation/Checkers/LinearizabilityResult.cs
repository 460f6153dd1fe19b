using OrleansShards.Simulation.Histories;

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

/// <summary>What a search for a linearization came to.</summary>
public enum LinearizabilityVerdict
{
    /// <summary>There is one.</summary>
    Linearizable,

    /// <summary>There is none.</summary>
    NotLinearizable,

    /// <summary>The search was given up at its limit: neither is known.</summary>
    Undecided,
}

/// <summary>Why a key's history has no linearization: a small history that has none either.</summary>
/// <param name="PrefixReturns">
/// How many operations have returned in the shortest prefix of the key's history that has no linearization; answers that
/// came later are cut off there. Where the search of the whole was given up the prefix may not be the shortest.
/// </param>
/// <param name="Operations">
/// What is left of that prefix when everything is taken away that does not matter, in the order of the invocations. If
/// the whole history had a linearization, so had this one.
/// </param>
/// <param name="LongestPartial">The longest linearization of a part of <paramref name="Operations"/> that was found.</param>
/// <param name="Stuck">The operation that has to come next there and cannot.</param>
/// <param name="Text">All this as a timeline for a person, in several lines.</param>
public sealed record LinearizabilityEvidence(
    int PrefixReturns,
    IReadOnlyList<Operation> Operations,
    IReadOnlyList<Operation> LongestPartial,
    Operation Stuck,
    string Text);
