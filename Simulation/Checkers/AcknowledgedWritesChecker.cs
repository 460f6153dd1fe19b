using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Checks that no acknowledged write is lost. The final value of each key was written by an operation that may have been the
/// last: no acknowledged operation that began after its return has overwritten it. Values are unique. It only compares pairs of
/// operations, so it finds less than the search for linearizations, but it does not give up where that does.
/// </summary>
internal static class AcknowledgedWritesChecker
{
    internal const string Rule = "acknowledged-writes";

    /// <summary>
    /// Takes all operations that may have taken effect, on keys that were absent at first, and the final value of each key to be
    /// checked, read after all operations had ended; null is an absent key.
    /// </summary>
    internal static IReadOnlyList<Violation> Check(IEnumerable<Operation> operations, IReadOnlyDictionary<string, string?> finals)
    {
        ILookup<string, Operation> changes = operations.Where(operation => operation.IsPossibleChange).ToLookup(change => change.Key);
        return [.. finals
            .OrderBy(final => final.Key, StringComparer.Ordinal)
            .Select(final => Check(final.Key, final.Value, [.. changes[final.Key]]))
            .OfType<Violation>()];
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
        return overwritten.Contains(null)
            ? null
            : new Violation(Rule, $"{there} by {sources[0]}, but later there was {overwritten[0]}");
    }

    private static Operation? OverwrittenBy(Operation source, Operation[] acknowledged) => Array.Find(acknowledged, later =>
        !ReferenceEquals(later, source)
        && Leaves(later) != Leaves(source)
        && (source.IsBefore(later) || Replaces(later, source)));

    /// <summary>Values are written once, so a value is gone for good after a compare-and-set has replaced it.</summary>
    private static bool Replaces(Operation later, Operation source) =>
        later is { Action: KeyVerb.CompareAndSet, CreateIfAbsent: false }
        && source.Value is not null
        && later.Expected == source.Value;

    private static string? Leaves(Operation change) => change.Action == KeyVerb.Delete ? null : change.Value;
}
