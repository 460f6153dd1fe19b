using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>Finds a short reason why one key's history has no linearization.</summary>
internal sealed class EvidenceSearch(string key, KeyHistory history, int configurationsMax)
{
    // Each check is a search that takes no longer than the one that found no linearization.
    private const int ChecksMax = 1000;

    // Enough for a few operations, and little compared with the search that gave up.
    private const int ConfigurationsAroundMax = 20_000;

    // How many operations around the suspect to include.
    private static readonly int[] Surroundings = [0, 1, 2, 4, 16, 64, 256];

    /// <summary>The evidence in a history that has no linearization.</summary>
    internal LinearizabilityEvidence Find()
    {
        int returns = ShortestPrefix();
        return Least(returns, KeyReduction.WithoutIdle(history.Prefix(returns)));
    }

    /// <summary>For a search that gave up: if a few operations around the suspect have no linearization, the history has none.</summary>
    internal LinearizabilityEvidence? FindAround(KeyStep suspect)
    {
        int returns = history.Steps.Count(step => step.ReturnedRank <= suspect.ReturnedRank);
        List<KeyStep> prefix = history.Prefix(returns);
        int at = prefix.FindIndex(step => step.InvokedRank == suspect.InvokedRank);
        foreach (int surroundings in Surroundings)
        {
            HashSet<int> near = [.. prefix.Skip(at - surroundings).Take((2 * surroundings) + 1).Select(step => step.InvokedRank)];
            List<KeyStep> steps = KeyReduction.Without(prefix, step => !near.Contains(step.InvokedRank));
            var search = new LinearizationSearch(steps, Math.Min(configurationsMax, ConfigurationsAroundMax));
            if (search.Run() == LinearizabilityVerdict.NotLinearizable)
                return Least(returns, steps);
        }

        return null;
    }

    private LinearizabilityEvidence Least(int returns, List<KeyStep> failing)
    {
        List<KeyStep> least = KeyReduction.Smallest(failing, ChecksMax, Fails);
        var search = new LinearizationSearch(least, configurationsMax) { KeepsPartial = true };
        if (search.Run() != LinearizabilityVerdict.NotLinearizable)
            throw new InvalidOperationException($"key {key}: of {least.Count} operations a search gives two verdicts");

        List<Operation> sources = Sources(least);
        return new LinearizabilityEvidence(
            returns, sources, Sources(search.LongestPartial), Source(search.Stuck), Text(returns, sources, search));
    }

    // The least number of returns after which there is no linearization. Bisection finds it, as a longer history then has none
    // either. Proof: take a linearization of the longer history up to the last operation that has returned within the shorter
    // one. Everything before that operation has begun by then, so it is a linearization of the shorter history.
    private int ShortestPrefix()
    {
        int good = 0;
        int bad = history.Steps.Count(step => !step.IsOpen);
        while (bad - good > 1)
        {
            int middle = good + ((bad - good) / 2);
            // Undecided counts as good: then the prefix may not be the shortest, but it certainly fails.
            if (Fails(KeyReduction.WithoutIdle(history.Prefix(middle))))
                bad = middle;
            else
                good = middle;
        }

        return bad;
    }

    private bool Fails(List<KeyStep> steps) =>
        new LinearizationSearch(steps, configurationsMax).Run() == LinearizabilityVerdict.NotLinearizable;

    private string Text(int returns, List<Operation> least, LinearizationSearch search)
    {
        IEnumerable<string> order = search.LongestPartial.Select(step => Brief(step.Source)).DefaultIfEmpty("none");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"key {key}: its {history.Steps.Count} operations have no linearization; those up to the {returns}. return have none; "
            + $"these {least.Count} of them suffice:\n{Timeline.Render(least)}longest order found: {string.Join("; ", order)}\n"
            + $"next would have to come, where the key is {StateAfter(search.LongestPartial)}: {Brief(Source(search.Stuck))}");
    }

    private static string StateAfter(IReadOnlyList<KeyStep> order)
    {
        Operation? last = order.LastOrDefault(step => !step.IsPure).Source;
        return last?.Value is null ? "absent" : OperationText.Short(last.Value);
    }

    private static string Brief(Operation operation) => string.Create(
        CultureInfo.InvariantCulture,
        $"p{operation.Process} {OperationText.Request(operation)} -> {OperationText.Result(operation)}");

    private static List<Operation> Sources(IReadOnlyList<KeyStep> steps) => [.. steps.Select(Source)];

    /// <summary>The operation as the prefix has it: without an answer that came later.</summary>
    private static Operation Source(KeyStep step) => step.IsOpen && !step.Source.IsOpen
        ? step.Source with { ReturnedAt = null, ReturnedOrder = 0, Result = OperationResult.Unknown, Found = null }
        : step.Source;
}
