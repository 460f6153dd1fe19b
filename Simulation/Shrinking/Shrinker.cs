using System.Collections.Immutable;
using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Shrinking;

/// <summary>
/// Looks for a smaller run that breaks the same rule: shorter, with fewer scheduled faults, calm options, less of everything;
/// until nothing gets smaller, or so many runs were made. Each thing has its own stream: leaving one out changes no other.
/// </summary>
internal sealed class Shrinker(Func<RunOptions, RunResult> execute, int runsMax = Shrinker.RunsMaxDefault, Action<string>? progress = null)
{
    /// <summary>400: mostly enough to reach a fixed point, and it takes seconds.</summary>
    internal const int RunsMaxDefault = 400;

    private const string FaultsMs = "faults-ms";

    /// <summary>Options that are reduced to the least value that still breaks the rule; others become calm or stay as drawn.</summary>
    private static readonly string[] Counts = ["clients", "keys", "shards", "groups", "gateways", "machines"];

    private RunResult _smallest = null!;

    internal int Runs { get; private set; }

    /// <summary>The smallest run that was found to break the same rule; the given one if there is none.</summary>
    internal RunResult Shrink(RunResult violation)
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

    /// <summary>Ends the faults when the violation was seen, then as early as possible.</summary>
    private void Shorten()
    {
        long seenMs = (_smallest.Statistics.Microseconds / 1_000) + 1;
        if (seenMs < _smallest.Options[FaultsMs])
            _ = Try(_smallest.Options.With(FaultsMs, seenMs));

        Lessen(FaultsMs, least: 0, step: Math.Max(10, _smallest.Options[FaultsMs] / 64));
    }

    private void LeaveFaultsOut()
    {
        RunOptions options = _smallest.Options;
        long lengthUs = options[FaultsMs] * 1_000;
        string[] happening = [.. Schedule.Of(options).Where(fault => fault.At <= lengthUs).Select(static fault => fault.Name)];
        List<string> left = DeltaDebugging.Reduce(happening, kept => Try(WithFaults(options, kept)));
        // Faults after the end make no difference, and the command is shorter without them.
        if (left.Count == happening.Length)
            _ = Try(WithFaults(options, left));
    }

    private void CalmOptions()
    {
        RunOptions options = _smallest.Options;
        OptionSpec[] restless = [.. OptionTable.All
            .Where(spec => spec.Name != FaultsMs && spec.Fault is null && options[spec.Name] != spec.Calm)];
        _ = DeltaDebugging.Reduce(restless, kept =>
            Try(restless.Except(kept).Aggregate(options, static (calmer, spec) => calmer.With(spec.Name, spec.Calm))));
    }

    private void Lessen(string option) => Lessen(option, OptionTable.All.First(spec => spec.Name == option).Calm, 1);

    /// <summary>Bisects, as if a run with more of it always broke the rule if one with less does: that is mostly true.</summary>
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

    /// <summary>A run with these scheduled faults only: the last one of a kind sets its number, so only earlier ones are skipped.</summary>
    private static RunOptions WithFaults(RunOptions options, List<string> kept)
    {
        ImmutableSortedDictionary<string, long> set = options.Set;
        ImmutableSortedSet<string> skip = options.Skip.Clear();
        foreach (OptionSpec spec in OptionTable.All.Where(static spec => spec.Fault is not null))
        {
            string kind = spec.Fault!;
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
