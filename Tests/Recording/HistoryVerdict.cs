using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Recording;

/// <summary>What the simulator's checkers say about a history of workers.</summary>
internal static class HistoryVerdict
{
    /// <summary>
    /// Disturbs a workload, ends it, and returns what the disturbance and the history have that is wrong. Where that ends early, because
    /// the cluster does not recover, what clients have seen until then is checked all the same.
    /// </summary>
    internal static async Task<IReadOnlyList<string>> DisturbAsync(
        Recorder recorder, Workload workload, Func<Task<IEnumerable<string>>> disturb)
    {
        List<string> problems = [];
        IReadOnlyDictionary<string, string?> finals = new Dictionary<string, string?>();
        try
        {
            problems.AddRange(await disturb());
            finals = await workload.EndAsync();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            problems.Add($"the run ended early: {failure.Message}");
            workload.Stop();
        }

        problems.AddRange(Problems(recorder, finals));
        return problems;
    }

    /// <summary>All that is wrong; empty where the history is as it must be.</summary>
    internal static IReadOnlyList<string> Problems(Recorder recorder, IReadOnlyDictionary<string, string?> finals)
    {
        IReadOnlyList<Operation> operations = recorder.Operations;
        List<Violation> violations = [];
        foreach ((string key, string? final) in finals.Where(static final => final.Key.StartsWith('c')))
            violations.AddRange(ExactlyOnceChecker.Check(key, operations, final));

        violations.AddRange(AcknowledgedWritesChecker.Check(
            operations, finals.Where(static final => !final.Key.StartsWith('c')).ToDictionary()));
        // Keys that are written dozens of times at once and read once have more orders than anybody can look at.
        LinearizabilityResult result = LinearizabilityChecker.Check(
            operations.Where(static operation => !IsProbe(operation.Key)));
        violations.AddRange(result.Violations);
        return
        [
            .. violations.Select(static violation => $"{violation.Rule}: {violation.Text}"),
            .. result.UndecidedKeys.Select(static key => $"whether {key} is linearizable could not be decided"),
        ];
    }

    /// <summary>Whether it is a key that is only written to see who serves.</summary>
    private static bool IsProbe(string key) => key.StartsWith('p');
}
