using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Whether a history is linearizable (Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent Objects",
/// TOPLAS 1990), each key by itself: a history is if that of each object is. Every key is absent at first.
/// </summary>
/// <remarks>
/// <para>
/// The search is that of Wing and Gong ("Testing and Verifying Concurrent Objects", JPDC 1993) with what Lowe added
/// ("Testing for Linearizability", CCPE 2017): a configuration, the set of linearized operations and the state, is entered
/// once; in the formulation of Horn and Kroening ("Faster Linearizability Checking via P-Compositionality", FORTE 2015)
/// and Athalye's Porcupine: a linked list of events from which operations are lifted, one key at a time.
/// </para>
/// <para>
/// Two things are ours. An operation whose answer says that it changed nothing is placed as soon as it fits and nowhere
/// else. An open operation is placed only where an operation that may come next needs its effect, and nothing that
/// overwrites blindly may follow it: of all linearizations one with the fewest open operations has none followed so, as
/// that one could be left out. It makes histories with many open operations, as faults leave them, as quick as others.
/// </para>
/// </remarks>
public static class LinearizabilityChecker
{
    /// <summary>
    /// 1,000,000. A key's history of 10,000 operations takes about one configuration an operation where a linearization
    /// is easy to find; this many take some 100 MB and a second.
    /// </summary>
    public const int ConfigurationsMaxDefault = 1_000_000;

    /// <summary>The rule in violations: <c>linearizable</c>.</summary>
    public const string Rule = "linearizable";

    /// <summary>Checks a history.</summary>
    /// <param name="operations">All operations that may have taken effect, in any order.</param>
    /// <param name="configurationsMax">How many configurations to explore for one key before it is given up.</param>
    public static LinearizabilityResult Check(
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
            if (verdict == LinearizabilityVerdict.NotLinearizable)
            {
                failed.Add((group.Key, new EvidenceSearch(group.Key, history, configurationsMax).Find()));
            }
            else if (verdict == LinearizabilityVerdict.Undecided)
            {
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
