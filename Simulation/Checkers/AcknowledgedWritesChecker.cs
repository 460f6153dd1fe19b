using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Whether what is there in the end can be there after what was acknowledged: the final value of each key was written by
/// an operation that may have been the last, so was not overwritten by an acknowledged one that began after it had
/// returned. Values are unique. It looks at pairs of operations only, so it is independent of the search for
/// linearizations, finds less, and is done at once where that gives up.
/// </summary>
public static class AcknowledgedWritesChecker
{
    /// <summary>The rule in violations: <c>acknowledged-writes</c>.</summary>
    public const string Rule = "acknowledged-writes";

    /// <summary>Checks a history.</summary>
    /// <param name="operations">All operations that may have taken effect. Every key was absent at first.</param>
    /// <param name="finals">
    /// The value of each key in the end, read when nothing was under way any more; null is an absent key. A key that is
    /// not in it is not checked.
    /// </param>
    public static IReadOnlyList<Violation> Check(
        IEnumerable<Operation> operations, IReadOnlyDictionary<string, string?> finals)
    {
        ILookup<string, Operation> changes =
            operations.Where(operation => operation.IsPossibleChange).ToLookup(operation => operation.Key);
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

        // The last to return among the candidates decides: what overwrote it overwrote the others.
        List<Operation?> overwritten = [.. sources.Select(source => OverwrittenBy(source, acknowledged))];
        return overwritten.Contains(null)
            ? null
            : new Violation(Rule, $"{there} by {sources[0]}, but later there was {overwritten[0]}");
    }

    private static Operation? OverwrittenBy(Operation source, Operation[] acknowledged) => Array.Find(
        acknowledged,
        later => !ReferenceEquals(later, source)
            && Leaves(later) != Leaves(source)
            && (source.IsBefore(later) || Replaces(later, source)));

    /// <summary>A value that was written once is gone for good when a compare-and-set has found and replaced it.</summary>
    private static bool Replaces(Operation later, Operation source) =>
        later is { Action: KeyAction.CompareAndSet, CreateIfAbsent: false }
        && source.Value is not null
        && later.Expected == source.Value;

    private static string? Leaves(Operation change) => change.Action == KeyAction.Delete ? null : change.Value;
}
