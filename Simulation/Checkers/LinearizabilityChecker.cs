using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Checks whether a history is linearizable (Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent
/// Objects", TOPLAS 1990). It checks each key separately, which suffices: linearizability is local. Every key is absent at first.
/// </summary>
/// <remarks>
/// <para>
/// The search is that of Wing and Gong ("Testing and Verifying Concurrent Objects", JPDC 1993) with Lowe's cache ("Testing for
/// Linearizability", CCPE 2017): it enters a configuration, the set of linearized operations and the state, only once. The
/// formulation is that of Horn and Kroening ("Faster Linearizability Checking via P-Compositionality", FORTE 2015) and of
/// Athalye's Porcupine: operations are lifted from a linked list of events, one key at a time.
/// </para>
/// <para>
/// Our additions: an operation whose answer says that it changed nothing is placed as soon as it fits, and nowhere else. An
/// open operation is placed only where an operation that may come next needs its change, and only such an operation may
/// follow: a linearization with the fewest open operations has this form, as an open operation that nobody needs could be left
/// out. Equal open operations are represented by their count, and a configuration that has used fewer covers those that have
/// used more.
/// </para>
/// <para>
/// Hard cases remain: many processes on one key at once (20, with open operations), and the proof that a long history with
/// hundreds of open operations on one key has no linearization. Use more keys there.
/// </para>
/// </remarks>
internal static class LinearizabilityChecker
{
    /// <summary>
    /// 1,000,000: about 100 MB and a few seconds. A key's history of 10,000 operations by five processes takes fewer than 10,000.
    /// Comparisons of open operations also count, a fraction each.
    /// </summary>
    internal const int ConfigurationsMaxDefault = 1_000_000;

    internal const string Rule = "linearizable";

    /// <param name="operations">All operations that may have taken effect, in any order.</param>
    /// <param name="configurationsMax">
    /// How many configurations to explore for one key before the search gives up. Then the operation at which it was stuck is
    /// examined separately, which may still prove that the history is not linearizable.
    /// </param>
    internal static LinearizabilityResult Check(
        IEnumerable<Operation> operations, int configurationsMax = ConfigurationsMaxDefault)
    {
        var undecided = new List<string>();
        var failed = new List<(string Key, LinearizabilityEvidence Evidence)>();
        long configurations = 0;
        foreach (var group in operations.GroupBy(operation => operation.Key).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var history = new KeyHistory([.. group]);
            var search = new LinearizationSearch(KeyReduction.WithoutIdle(history.Steps), configurationsMax);
            LinearizabilityVerdict verdict = search.Run();
            configurations += search.Configurations;
            var evidence = new EvidenceSearch(group.Key, history, configurationsMax);
            if (verdict == LinearizabilityVerdict.NotLinearizable)
            {
                failed.Add((group.Key, evidence.Find()));
            }
            else if (verdict == LinearizabilityVerdict.Undecided)
            {
                if (search.IsStuck && evidence.FindAround(search.Stuck) is { } found)
                    failed.Add((group.Key, found));
                else
                    undecided.Add(group.Key);
            }
        }

        return new LinearizabilityResult(
            failed.Count > 0 ? LinearizabilityVerdict.NotLinearizable
                : undecided.Count > 0 ? LinearizabilityVerdict.Undecided
                : LinearizabilityVerdict.Linearizable,
            failed.Count > 0 ? failed[0].Key : undecided.FirstOrDefault(),
            failed.Count > 0 ? failed[0].Evidence : null,
            configurations,
            undecided,
            [.. failed.Select(failure => new Violation(Rule, failure.Evidence.Text))]);
    }
}

/// <summary>The result of the check of a history.</summary>
/// <param name="Verdict">Not linearizable if one key is not; else undecided if one key is; else linearizable.</param>
/// <param name="Key">The first key, in ordinal order, that has this verdict; null if the history is linearizable.</param>
/// <param name="Evidence">Why that key is not linearizable; null otherwise.</param>
/// <param name="Configurations">How many configurations were explored for all keys, without those for evidence.</param>
/// <param name="UndecidedKeys">The keys whose search gave up.</param>
/// <param name="Violations">One for each key that is not linearizable. An undecided key is no violation.</param>
internal sealed record LinearizabilityResult(
    LinearizabilityVerdict Verdict,
    string? Key,
    LinearizabilityEvidence? Evidence,
    long Configurations,
    IReadOnlyList<string> UndecidedKeys,
    IReadOnlyList<Violation> Violations);

/// <summary>The result of a search for a linearization; undecided: the search gave up at its limit.</summary>
internal enum LinearizabilityVerdict
{
    Linearizable,
    NotLinearizable,
    Undecided,
}

/// <summary>Why a key's history has no linearization: a small history that has none either.</summary>
/// <param name="PrefixReturns">
/// How many operations have returned in the shortest prefix of the key's history that has no linearization; later answers are
/// cut off. If the search of the whole history gave up, the prefix may not be the shortest.
/// </param>
/// <param name="Operations">
/// What remains of that prefix without the operations that do not matter, in the order of the invocations. If the whole history
/// had a linearization, this one would have one, too.
/// </param>
/// <param name="LongestPartial">The longest linearization of a part of <paramref name="Operations"/> that was found.</param>
/// <param name="Stuck">The operation that has to come next there and cannot.</param>
/// <param name="Text">All this as a timeline, in several lines.</param>
internal sealed record LinearizabilityEvidence(
    int PrefixReturns,
    IReadOnlyList<Operation> Operations,
    IReadOnlyList<Operation> LongestPartial,
    Operation Stuck,
    string Text);
