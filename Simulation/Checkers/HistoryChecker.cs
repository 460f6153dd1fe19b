using OrleansShards.Simulation.Histories;
using OrleansShards.Simulation.Workload;

namespace OrleansShards.Simulation.Checkers;

/// <summary>Checks at the end what clients saw: each kind of key with its own quick checker, then all keys for linearizability.</summary>
internal sealed class HistoryChecker(World world, Ledger ledger, Verifier verifier) : Checker
{
    private const int ConfigurationsMax = 200_000;

    internal override void Ended()
    {
        IReadOnlyList<Operation> operations = ledger.History.Operations;
        Operation[] ofClients = [.. operations.Where(static operation => operation.Process != Verifier.Process)];
        Dictionary<string, string?> registers = Finals(KeyKind.Register);
        Dictionary<string, string?> lists = Finals(KeyKind.List);
        foreach ((string counter, string? final) in Finals(KeyKind.Counter).OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            Demand(ExactlyOnceChecker.Check(counter, ofClients, final));

        Demand(ListAppendChecker.Check(
            ofClients.Where(operation => lists.ContainsKey(operation.Key)),
            ledger.History.Refused.Where(operation => lists.ContainsKey(operation.Key)),
            lists));
        Demand(AcknowledgedWritesChecker.Check(ofClients.Where(operation => registers.ContainsKey(operation.Key)), registers));

        LinearizabilityResult result = LinearizabilityChecker.Check(operations, ConfigurationsMax);
        world.Statistics.Undecided = result.UndecidedKeys.Count;
        Demand(result.Violations);
    }

    private Dictionary<string, string?> Finals(KeyKind kind) => verifier.Finals
        .Where(final => ClientProcess.KindOf(final.Key) == kind)
        .ToDictionary(static final => final.Key, static final => final.Value, StringComparer.Ordinal);

    private static void Demand(IReadOnlyList<Violation> violations)
    {
        if (violations is [var first, ..])
            throw new ViolationException(first.Rule, first.Text);
    }
}
