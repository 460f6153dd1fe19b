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
/// Ours are these. An operation whose answer says that it changed nothing is placed as soon as it fits and nowhere else.
/// An open operation is placed only where one that may come next needs the change, and only such a one may follow: of all
/// linearizations one with the fewest open operations is so, as one that nobody needs could be left out. Open operations
/// that do the same are known by their number, and a configuration that has used fewer stands for those that used more.
/// </para>
/// <para>
/// What remains hard: many processes on one key at once (20 with open operations among them), and proving that a long
/// history with hundreds of open operations on one key has no linearization. Use more keys there.
/// </para>
/// </remarks>
public static class LinearizabilityChecker
{
    /// <summary>
    /// 1,000,000. A key's history of 10,000 operations by five processes takes fewer than 10,000; this many take some
    /// 100 MB and a few seconds. Comparisons of open operations count too, a fraction each.
    /// </summary>
    public const int ConfigurationsMaxDefault = 1_000_000;

    /// <summary>The rule in violations: <c>linearizable</c>.</summary>
    public const string Rule = "linearizable";

    /// <summary>Checks a history.</summary>
    /// <param name="operations">All operations that may have taken effect, in any order.</param>
    /// <param name="configurationsMax">
    /// How many configurations to explore for one key before it is given up. Then what the search could not get past is
    /// looked at by itself: a history may turn out not linearizable even so.
    /// </param>
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
