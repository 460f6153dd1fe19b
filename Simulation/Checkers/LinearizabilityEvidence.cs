using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

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
