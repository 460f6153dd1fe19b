using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Whether lists only ever grow at their end: keys that hold a JSON array of elements which are unique for the key, to
/// which processes append by a compare-and-set from the whole list to the list with one more. An absent key is an empty
/// list. Every list that anybody saw shows the whole past, so pairs of them suffice: no search.
/// </summary>
public static class ListAppendChecker
{
    /// <summary>The rule in violations: <c>list-append</c>.</summary>
    public const string Rule = "list-append";

    /// <summary>
    /// Checks a history: of any two lists that were seen the shorter is the beginning of the longer, and nobody saw a
    /// shorter one after a longer one had been seen; no element is in a list twice; in the final list is each element
    /// whose append was acknowledged, and no other element than those and the ones whose outcome is unknown.
    /// </summary>
    /// <param name="operations">All operations on the lists that may have taken effect.</param>
    /// <param name="refused">
    /// The appends that were refused for certain: without them such an element is told as one that nobody appended.
    /// </param>
    /// <param name="finals">
    /// The list of each key in the end, read when nothing was under way any more; null is an absent key. A key that is
    /// not in it is checked without.
    /// </param>
    public static IReadOnlyList<Violation> Check(
        IEnumerable<Operation> operations,
        IEnumerable<Operation> refused,
        IReadOnlyDictionary<string, string?> finals)
    {
        ILookup<string, Operation> byKey = operations.ToLookup(operation => operation.Key);
        ILookup<string, Operation> refusedByKey = refused.ToLookup(operation => operation.Key);
        return [.. byKey.Select(group => group.Key)
            .Union(finals.Keys, StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .SelectMany(key => new AppendedList(key, byKey[key], refusedByKey[key]).Check(
                finals.ContainsKey(key), finals.GetValueOrDefault(key)))];
    }
}
