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
    /// <summary>A few seconds; 10,000 operations by five processes take fewer than 10,000. Comparisons count a fraction each.</summary>
    internal const int ConfigurationsMaxDefault = 1_000_000;

    internal const string Rule = "linearizable";

    /// <summary>
    /// Checks all operations that may have taken effect, in any order. If the search for one key gives up at the limit, the
    /// operation at which it was stuck is examined separately, which may still prove that the history is not linearizable.
    /// </summary>
    internal static LinearizabilityResult Check(IEnumerable<Operation> operations, int configurationsMax = ConfigurationsMaxDefault)
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
                failed.Add((group.Key, evidence.Find()));
            else if (verdict == LinearizabilityVerdict.Undecided && search.IsStuck && evidence.FindAround(search.Stuck) is { } found)
                failed.Add((group.Key, found));
            else if (verdict == LinearizabilityVerdict.Undecided)
                undecided.Add(group.Key);
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

/// <summary>
/// Not linearizable if one key is not; else undecided if one key is; else linearizable. The key is the first, in ordinal order,
/// with this verdict. Configurations are those of all keys, without those for evidence. An undecided key is no violation.
/// </summary>
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

/// <summary>
/// Why a key's history has no linearization: its shortest prefix without one (later answers are cut off; if the search gave up, a
/// longer prefix), reduced to what matters. <c>Stuck</c> has to follow the longest linearization of a part, and cannot.
/// </summary>
internal sealed record LinearizabilityEvidence(
    int PrefixReturns,
    IReadOnlyList<Operation> Operations,
    IReadOnlyList<Operation> LongestPartial,
    Operation Stuck,
    string Text);
