using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>The final value of each key comes from an operation that no later acknowledged one has overwritten.</summary>
/// <remarks>Values are unique. It compares pairs only: it finds less than the search, but does not give up where that does.</remarks>
internal static class AcknowledgedWritesChecker
{
    internal const string Rule = "acknowledged-writes";

    /// <summary>Takes all that may have taken effect, on absent keys; final values (null: absent) are read after all had ended.</summary>
    internal static IReadOnlyList<Violation> Check(IEnumerable<Operation> operations, IReadOnlyDictionary<string, string?> finals)
    {
        ILookup<string, Operation> changes = operations.Where(operation => operation.IsPossibleChange).ToLookup(change => change.Key);
        return [.. finals
            .OrderBy(final => final.Key, StringComparer.Ordinal)
            .Select(final => Check(final.Key, final.Value, [.. changes[final.Key]])).OfType<Violation>()];
    }

    private static Violation? Check(string key, string? final, List<Operation> changes)
    {
        Operation[] acknowledged = [.. changes.Where(change => change.IsAcknowledgedChange)];
        string there = final is null ? $"key {key} is absent" : $"key {key} is {OperationText.Short(final)}";
        List<Operation> sources = [.. changes.Where(change => Leaves(change) == final)];
        if (sources.Count == 0)
        {
            return final is not null ? new Violation(Rule, $"{there}, which nobody wrote")
                : acknowledged.Length > 0 ? new Violation(Rule, $"{there}, but nobody deleted it after {acknowledged[^1]}")
                : null;
        }

        // One source that was not overwritten suffices.
        List<Operation?> overwritten = [.. sources.Select(source => OverwrittenBy(source, acknowledged))];
        return overwritten.Contains(null) ? null : new Violation(Rule, $"{there} by {sources[0]}, but later there was {overwritten[0]}");
    }

    private static Operation? OverwrittenBy(Operation source, Operation[] acknowledged) => Array.Find(acknowledged, later =>
        !ReferenceEquals(later, source)
        && Leaves(later) != Leaves(source)
        && (source.IsBefore(later) || Replaces(later, source)));

    /// <summary>Values are written once, so a value is gone for good after a compare-and-set has replaced it.</summary>
    private static bool Replaces(Operation later, Operation source) => source.Value is not null
        && later is { Action: KeyVerb.CompareAndSet, CreateIfAbsent: false } && later.Expected == source.Value;

    private static string? Leaves(Operation change) => change.Action == KeyVerb.Delete ? null : change.Value;
}
