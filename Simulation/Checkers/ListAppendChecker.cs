using System.Text.Json;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Lists only grow at their end. A key holds a JSON array of unique elements, or is absent; processes append by compare-and-set
/// from the whole list to one with one more. So a list that was read shows the whole past, and comparing pairs suffices.
/// </summary>
internal static class ListAppendChecker
{
    internal const string Rule = "list-append";

    /// <summary>
    /// Of two lists that were read, the shorter is a prefix of the longer; a read after another's end shows no shorter list; no
    /// element is there twice; the final list has all elements whose append was acknowledged, others only with an unknown outcome.
    /// Final lists (null: absent) are read after all operations had ended; a key that is missing among them is checked without.
    /// </summary>
    internal static IReadOnlyList<Violation> Check(
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

/// <summary>One list, and every version of it that was read.</summary>
internal sealed class AppendedList
{
    private readonly string _key;
    private readonly Dictionary<string, ChangeOutcome> _fates = new(StringComparer.Ordinal);
    private readonly List<Seen> _seen = [];
    private readonly List<Violation> _violations = [];

    internal AppendedList(string key, IEnumerable<Operation> operations, IEnumerable<Operation> refused)
    {
        _key = key;
        foreach (Operation operation in operations)
            Take(operation);

        foreach (Operation operation in refused.Where(operation => operation.Action == KeyVerb.CompareAndSet))
            Note(operation, ChangeOutcome.Refused);
    }

    internal List<Violation> Check(bool hasFinal, string? final)
    {
        if (hasFinal && Parse(final ?? "[]", "the final list") is { } last)
        {
            CheckElements(last);
            _seen.Add(new Seen(last, null));
        }

        CheckDuplicates();
        CheckPrefixes();
        CheckGrowth();
        return _violations;
    }

    private void Take(Operation operation)
    {
        if (operation.Action is KeyVerb.Write or KeyVerb.Delete)
            throw new ArgumentException($"{operation} is no append", nameof(operation));

        if (operation.Action == KeyVerb.CompareAndSet)
            Note(operation, operation.Outcome);

        if (operation.IsOpen)
            return;

        string? list = operation.Result switch
        {
            OperationResult.Absent => "[]",
            OperationResult.Done when operation.Action == KeyVerb.CompareAndSet => operation.Value,
            OperationResult.Done or OperationResult.Differs or OperationResult.Unknown => operation.Found,
        };
        if (list is not null && Parse(list, operation.ToString()) is { } elements)
            _seen.Add(new Seen(elements, operation));
    }

    /// <summary>If an element was appended by several attempts, the most successful one counts.</summary>
    private void Note(Operation append, ChangeOutcome fate)
    {
        string[]? before = Elements(append.Expected ?? "[]");
        string[]? after = Elements(append.Value ?? "");
        if (before is null || after is null || after.Length != before.Length + 1 || !after.AsSpan(0, before.Length).SequenceEqual(before))
            throw new ArgumentException($"{append} is no append of one element", nameof(append));

        _fates[after[^1]] = _fates.TryGetValue(after[^1], out ChangeOutcome other) && other > fate ? other : fate;
    }

    private void CheckElements(string[] last)
    {
        IEnumerable<string> acknowledged = _fates.Where(pair => pair.Value == ChangeOutcome.Done).Select(pair => pair.Key);
        foreach (string element in acknowledged.Except(last).Order(StringComparer.Ordinal))
            Tell($"{element} was acknowledged, but is not in the final list of {last.Length}");
    }

    private void CheckDuplicates()
    {
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (Seen seen in _seen)
        {
            var once = new HashSet<string>(StringComparer.Ordinal);
            foreach (string element in seen.Elements)
            {
                if (!once.Add(element) && told.Add(element))
                    Tell($"{element} is there twice, {seen}");

                bool isAppended = _fates.TryGetValue(element, out ChangeOutcome fate);
                if (fate == ChangeOutcome.Refused && told.Add(element))
                    Tell($"{element} is there, which {(isAppended ? "was refused" : "nobody appended")}, {seen}");
            }
        }
    }

    /// <summary>Compares neighbours by length: if each list is a prefix of the next, it is a prefix of all longer ones.</summary>
    private void CheckPrefixes()
    {
        List<Seen> byLength = [.. _seen.OrderBy(seen => seen.Elements.Length)];
        foreach (var (shorter, longer) in byLength.Zip(byLength.Skip(1)))
        {
            int same = shorter.Elements.AsSpan().CommonPrefixLength(longer.Elements);
            if (same < shorter.Elements.Length)
                Tell($"element {same} is {shorter.Elements[same]} {shorter}, but {longer.Elements[same]} {longer}");
        }
    }

    private void CheckGrowth()
    {
        List<Seen> read = [.. _seen.Where(seen => seen.By is not null)];
        List<Seen> byEnd = [.. read.OrderBy(seen => seen.By!.ReturnedAt).ThenBy(seen => seen.By!.ReturnedOrder)];
        Seen? longest = null;
        int ended = 0;
        foreach (Seen seen in read.OrderBy(seen => seen.By!.InvokedAt).ThenBy(seen => seen.By!.InvokedOrder))
        {
            for (; ended < byEnd.Count && byEnd[ended].By!.IsBefore(seen.By!); ended++)
                longest = byEnd[ended].Elements.Length > (longest?.Elements.Length ?? 0) ? byEnd[ended] : longest;

            if (longest is not null && seen.Elements.Length < longest.Elements.Length)
                Tell($"it had {longest.Elements.Length} elements {longest}, and later {seen.Elements.Length} {seen}");
        }

        Seen? final = _seen.Find(seen => seen.By is null);
        longest = _seen.MaxBy(seen => seen.Elements.Length);
        if (final is not null && longest!.Elements.Length > final.Elements.Length)
            Tell($"it had {longest.Elements.Length} elements {longest}, and {final.Elements.Length} {final}");
    }

    private string[]? Parse(string list, string where)
    {
        string[]? elements = Elements(list);
        if (elements is null)
            Tell($"no list: {OperationText.Short(list)} ({where})");

        return elements;
    }

    /// <summary>The elements as raw JSON; null if this is no JSON array.</summary>
    private static string[]? Elements(string list)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(list);
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? [.. document.RootElement.EnumerateArray().Select(element => element.GetRawText())]
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Tell(FormattableString text) => _violations.Add(new Violation(
        ListAppendChecker.Rule, $"list {_key}: {text.ToString(CultureInfo.InvariantCulture)}"));

    private sealed record Seen(string[] Elements, Operation? By)
    {
        public override string ToString() => By is null ? "in the end" : $"in {By}";
    }
}
