using System.Collections.Immutable;
using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Shrinking;

/// <summary>
/// Looks for a smaller run that breaks the same rule: a shorter one, with fewer scheduled faults, with options that are
/// calm, with less of everything. Over again until nothing gets smaller, or so many runs were made.
/// </summary>
/// <remarks>
/// Each thing that is drawn has a stream of its own, so that what is left out leaves the rest as it was: that is what
/// makes such a search worth while.
/// </remarks>
/// <param name="execute">Carries a run out.</param>
/// <param name="runsMax">How many runs may be made.</param>
/// <param name="progress">Told what was found, each time that it got smaller.</param>
public sealed class Shrinker(Func<RunOptions, RunResult> execute, int runsMax = Shrinker.RunsMaxDefault, Action<string>? progress = null)
{
    /// <summary>400: mostly enough for a fixpoint, and a matter of seconds.</summary>
    public const int RunsMaxDefault = 400;

    private const string FaultsMs = "faults-ms";
    private const string FaultPrefix = "fault.";

    /// <summary>What is reduced to the least number that does it; everything else is calm or as drawn.</summary>
    private static readonly string[] Counts = ["clients", "keys", "shards", "groups", "gateways", "machines"];

    private RunResult _smallest = null!;

    /// <summary>How many runs were made.</summary>
    public int Runs { get; private set; }

    /// <summary>Looks for a smaller run.</summary>
    /// <param name="violation">A run that has broken a rule.</param>
    /// <returns>The smallest run that was found to break the same rule; the given one where there is none.</returns>
    public RunResult Shrink(RunResult violation)
    {
        _smallest = violation;
        RunOptions before;
        do
        {
            before = _smallest.Options;
            Shorten();
            LeaveFaultsOut();
            CalmOptions();
            Array.ForEach(Counts, Lessen);
        }
        while (before != _smallest.Options && Runs < runsMax);
        return _smallest;
    }

    /// <summary>Ends the faults where the violation was seen, then earlier and earlier.</summary>
    private void Shorten()
    {
        long seenMs = (_smallest.Statistics.Microseconds / 1_000) + 1;
        if (seenMs < _smallest.Options[FaultsMs])
            _ = Try(_smallest.Options.With(FaultsMs, seenMs));

        long step = Math.Max(10, _smallest.Options[FaultsMs] / 64);
        Lessen(FaultsMs, 0, step);
    }

    private void LeaveFaultsOut()
    {
        RunOptions options = _smallest.Options;
        long lengthUs = options[FaultsMs] * 1_000;
        string[] happening = [.. Schedule.Of(options).Where(fault => fault.At <= lengthUs).Select(static fault => fault.Name)];
        List<string> left = DeltaDebugging.Reduce(happening, kept => Try(WithFaults(options, kept)));
        if (left.Count == happening.Length)
        {
            // What would come behind the end makes no difference, and the command is shorter without it.
            _ = Try(WithFaults(options, left));
        }
    }

    private void CalmOptions()
    {
        RunOptions options = _smallest.Options;
        OptionSpec[] restless = [.. OptionTable.All.Where(spec => IsReducible(spec.Name) && options[spec.Name] != spec.Calm)];
        _ = DeltaDebugging.Reduce(restless, kept =>
            Try(restless.Except(kept).Aggregate(options, static (calmer, spec) => calmer.With(spec.Name, spec.Calm))));
    }

    private static bool IsReducible(string name) => name != FaultsMs && !name.StartsWith(FaultPrefix, StringComparison.Ordinal);

    private void Lessen(string option) => Lessen(option, OptionTable.All.First(spec => spec.Name == option).Calm, 1);

    /// <summary>Bisects as if a run with more of it broke the rule whenever one with less does: mostly that is so.</summary>
    private void Lessen(string option, long least, long step)
    {
        long tooFew = least - 1;
        while (_smallest.Options[option] - tooFew > step)
        {
            long middle = tooFew + ((_smallest.Options[option] - tooFew) / 2);
            if (!Try(_smallest.Options.With(option, middle)))
                tooFew = middle;
        }
    }

    private bool Try(RunOptions options)
    {
        if (Runs >= runsMax || options.Command() == _smallest.Options.Command())
            return false;

        Runs++;
        RunResult result = execute(options);
        if (result.Rule != _smallest.Rule)
            return false;

        _smallest = result;
        progress?.Invoke($"{Runs} runs: {Schedule.Of(options).Count} scheduled faults in {options[FaultsMs]} ms");
        return true;
    }

    /// <summary>
    /// A run with these scheduled faults and no others. Of each kind the last that is kept says how many are drawn, so
    /// that only those before it have to be named.
    /// </summary>
    private static RunOptions WithFaults(RunOptions options, List<string> kept)
    {
        ImmutableSortedDictionary<string, long> set = options.Set;
        ImmutableSortedSet<string> skip = options.Skip.Clear();
        foreach (OptionSpec spec in OptionTable.All.Where(static spec => !IsReducible(spec.Name) && spec.Name != FaultsMs))
        {
            string kind = spec.Name[FaultPrefix.Length..];
            int[] numbers = [.. kept
                .Where(name => name.StartsWith(kind + '#', StringComparison.Ordinal))
                .Select(name => int.Parse(name[(kind.Length + 1)..], CultureInfo.InvariantCulture))];
            int last = numbers.Length == 0 ? 0 : numbers.Max();
            set = last == options[spec.Name] ? set : set.SetItem(spec.Name, last);
            skip = skip.Union(Enumerable.Range(1, last).Except(numbers).Select(number => $"{kind}#{number}"));
        }

        return new RunOptions(options.Seed, options.Profile, set, skip);
    }
}
