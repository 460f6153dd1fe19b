using OrleansShards.Simulation.Workload;

namespace OrleansShards.Simulation.Checkers;

/// <summary>When a run has ended: what clients saw was linearizable.</summary>
internal sealed class HistoryChecker(Ledger ledger, Verifier verifier, Action<int> undecided) : Checker
{
    private const int ConfigurationsMax = 200_000;

    internal override void Ended()
    {
        _ = verifier;
        LinearizabilityResult result = LinearizabilityChecker.Check(ledger.History.Operations, ConfigurationsMax);
        undecided(result.UndecidedKeys.Count);
        if (result.Violations is [var first, ..])
        {
            throw new ViolationException(first.Rule, first.Text);
        }
    }
}
