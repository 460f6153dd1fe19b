using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Checks that the increments of a counter took effect once each. A counter is a key that starts at 0 (or absent) and that
/// processes increment with a compare-and-set from the value that they read. Independent of the search for linearizations.
/// </summary>
internal static class ExactlyOnceChecker
{
    internal const string Rule = "exactly-once";

    /// <summary>
    /// The final value lies between the number of acknowledged increments and that of acknowledged and unknown ones. If all starts
    /// are known, each step below it was acknowledged once, or only tried with an unknown outcome; no later one was acknowledged.
    /// </summary>
    internal static IReadOnlyList<Violation> Check(string counter, IReadOnlyList<Increment> increments, long final)
    {
        var violations = new List<Violation>();
        int done = increments.Count(increment => increment.Outcome == ChangeOutcome.Done);
        int unknown = increments.Count(increment => increment.Outcome == ChangeOutcome.Unknown);
        if (final < done || final > done + unknown)
            violations.Add(Found($"counter {counter} is {final}: {done} increments were acknowledged, {unknown} are unknown"));

        if (increments.All(increment => increment.Outcome == ChangeOutcome.Refused || increment.From is not null))
            violations.AddRange(CheckSteps(counter, increments, final));

        return violations;
    }

    /// <summary>The same of a history that has only reads and increments by one on that key; it ignores other keys.</summary>
    internal static IReadOnlyList<Violation> Check(string counter, IEnumerable<Operation> operations, string? final)
    {
        if (!long.TryParse(final ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            return [Found($"counter {counter} is {final}, which is no count")];

        IEnumerable<Operation> changes = operations.Where(operation => operation.Key == counter && operation.Action != KeyVerb.Read);
        return Check(counter, [.. changes.Select(OfOperation)], value);
    }

    private static IEnumerable<Violation> CheckSteps(string counter, IReadOnlyList<Increment> increments, long final)
    {
        var steps = new SortedDictionary<long, List<Increment>>();
        foreach (Increment increment in increments.Where(increment => increment.Outcome != ChangeOutcome.Refused))
        {
            steps.TryAdd(increment.From!.Value, []);
            steps[increment.From.Value].Add(increment);
        }

        foreach (var (from, tried) in steps)
        {
            int[] winners = [.. tried.Where(one => one.Outcome == ChangeOutcome.Done).Select(one => one.Process)];
            if (winners.Length > 1)
            {
                string who = string.Join(", ", winners.Select(process => $"p{process}"));
                yield return Found($"counter {counter}: the step from {from} was acknowledged {winners.Length} times, to {who}");
            }

            if (winners.Length > 0 && (from < 0 || from >= final))
                yield return Found($"counter {counter} is {final}, but p{winners[0]}'s step from {from} was acknowledged");
        }

        // If the final value is far off, the first few missing steps say enough.
        const int MissingMax = 10;
        foreach (long from in Enumerable.InfiniteSequence(0L, 1L).TakeWhile(from => from < final).Except(steps.Keys).Take(MissingMax))
            yield return Found($"counter {counter} is {final}, but nobody can have made the step from {from}");
    }

    private static Increment OfOperation(Operation operation)
    {
        if (operation.Action != KeyVerb.CompareAndSet
            || !long.TryParse(operation.Expected, NumberStyles.None, CultureInfo.InvariantCulture, out long from)
            || operation.Value != (from + 1).ToString(CultureInfo.InvariantCulture)
            || (operation.CreateIfAbsent && from != 0))
        {
            throw new ArgumentException($"{operation} is no step of a counter", nameof(operation));
        }

        return new Increment(operation.Process, operation.Outcome, from);
    }

    private static Violation Found(FormattableString text) => new(Rule, text.ToString(CultureInfo.InvariantCulture));
}

/// <summary>A process's attempt to increment a counter, from a value if that is known.</summary>
internal sealed record Increment(int Process, ChangeOutcome Outcome, long? From = null);
