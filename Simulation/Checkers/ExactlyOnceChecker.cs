using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Whether the increments of a counter took effect once each: a key that starts at 0 (or absent) and that processes raise
/// by one with a compare-and-set from what they read. Independent of the search for linearizations.
/// </summary>
public static class ExactlyOnceChecker
{
    /// <summary>The rule in violations: <c>exactly-once</c>.</summary>
    public const string Rule = "exactly-once";

    /// <summary>
    /// Checks a counter. The final value lies between the increments that were acknowledged and those together with the
    /// unknown ones. Where all that may have taken effect say from which value, moreover: each step up to the final
    /// value was acknowledged once, or never and then tried by one whose outcome is unknown; no step beyond it was.
    /// </summary>
    /// <param name="counter">Its name, for the texts.</param>
    /// <param name="increments">All increments that were asked for.</param>
    /// <param name="final">The value in the end, read when nothing was under way any more.</param>
    public static IReadOnlyList<Violation> Check(string counter, IReadOnlyList<Increment> increments, long final)
    {
        var violations = new List<Violation>();
        int done = increments.Count(increment => increment.Outcome == IncrementOutcome.Done);
        int unknown = increments.Count(increment => increment.Outcome == IncrementOutcome.Unknown);
        if (final < done || final > done + unknown)
            violations.Add(Told($"counter {counter} is {final}: {done} increments were acknowledged, {unknown} are unknown"));

        if (increments.All(increment => increment.Outcome == IncrementOutcome.Refused || increment.From is not null))
            violations.AddRange(CheckSteps(counter, increments, final));

        return violations;
    }

    /// <summary>Checks a counter by the operations on its key.</summary>
    /// <param name="counter">The key; operations on others are passed over.</param>
    /// <param name="operations">A history, in which only compare-and-sets by one and reads are on that key.</param>
    /// <param name="final">The value in the end; null if there is no such key.</param>
    public static IReadOnlyList<Violation> Check(string counter, IEnumerable<Operation> operations, string? final)
    {
        List<Increment> increments = [.. operations
            .Where(operation => operation.Key == counter && operation.Action != KeyAction.Read)
            .Select(OfOperation)];
        return long.TryParse(final ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? Check(counter, increments, value)
            : [Told($"counter {counter} is {final}, which is no count")];
    }

    private static IEnumerable<Violation> CheckSteps(string counter, IReadOnlyList<Increment> increments, long final)
    {
        var steps = new SortedDictionary<long, List<Increment>>();
        foreach (Increment increment in increments.Where(increment => increment.Outcome != IncrementOutcome.Refused))
        {
            steps.TryAdd(increment.From!.Value, []);
            steps[increment.From.Value].Add(increment);
        }

        foreach (var (from, tried) in steps)
        {
            int[] winners = [.. tried.Where(one => one.Outcome == IncrementOutcome.Done).Select(one => one.Process)];
            if (winners.Length > 1)
            {
                string who = string.Join(", ", winners.Select(process => $"p{process}"));
                yield return Told($"counter {counter}: the step from {from} was acknowledged {winners.Length} times, to {who}");
            }

            if (winners.Length > 0 && (from < 0 || from >= final))
                yield return Told($"counter {counter} is {final}, but p{winners[0]}'s step from {from} was acknowledged");
        }

        // A counter gone wild must not make a text a value: the first few say enough.
        const int ToldMax = 10;
        foreach (long from in Steps(final).Where(from => !steps.ContainsKey(from)).Take(ToldMax))
            yield return Told($"counter {counter} is {final}, but nobody can have made the step from {from}");
    }

    private static IEnumerable<long> Steps(long final)
    {
        for (long from = 0; from < final; from++)
            yield return from;
    }

    private static Increment OfOperation(Operation operation)
    {
        if (operation.Action != KeyAction.CompareAndSet
            || !long.TryParse(operation.Expected, NumberStyles.None, CultureInfo.InvariantCulture, out long from)
            || operation.Value != (from + 1).ToString(CultureInfo.InvariantCulture)
            || (operation.CreateIfAbsent && from != 0))
        {
            throw new ArgumentException($"{operation} is no step of a counter", nameof(operation));
        }

        IncrementOutcome outcome = operation.IsOpen ? IncrementOutcome.Unknown
            : operation.Result == OperationResult.Done ? IncrementOutcome.Done
            : IncrementOutcome.Refused;
        return new Increment(operation.Process, outcome, from);
    }

    private static Violation Told(FormattableString text) => new(Rule, text.ToString(CultureInfo.InvariantCulture));
}

/// <summary>One attempt to raise a counter by one.</summary>
/// <param name="Process">Who asked.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="From">The value that it was to raise, if known.</param>
public sealed record Increment(int Process, IncrementOutcome Outcome, long? From = null);

/// <summary>What the one who asked for an increment was told.</summary>
public enum IncrementOutcome
{
    /// <summary>The counter was raised.</summary>
    Done,

    /// <summary>It was not, and this request will never do it.</summary>
    Refused,

    /// <summary>It was raised once, or will be yet, or not at all.</summary>
    Unknown,
}
