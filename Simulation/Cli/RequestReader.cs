using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using OrleansShards.Simulation.Drawing;

namespace OrleansShards.Simulation.Cli;

/// <summary>Makes a request of a command line. Everything that is wrong is found in one go.</summary>
internal sealed class RequestReader(SimulationCommandLine line)
{
    private const string Every = "all";

    private readonly List<string> _errors = [.. line.Parsed.Errors.Select(static error => error.Message)];

    /// <summary>What is wrong, a sentence each; empty where all is well.</summary>
    internal IReadOnlyList<string> Errors => _errors;

    /// <summary>What is asked for. Only good where nothing is wrong.</summary>
    internal SimulationRequest Read()
    {
        ulong? seed = Seed(line.Seed);
        SimulationRequest request = new()
        {
            IsSingle = seed is not null,
            First = seed ?? Seed(line.First) ?? WallClock.FreshSeed(),
            Limit = Minutes(),
            Profiles = Profiles(),
            TraceFile = line.Parsed.GetValue(line.Trace),
            Set = Set(),
            Skip = Skip(),
            Threads = (int)(Number(line.Threads, 1, 1_024) ?? Environment.ProcessorCount),
            Rounds = (int)(Number(line.Rounds, 1, 1_000) ?? 5),
            Shrinks = !line.Parsed.GetValue(line.NoShrink),
            KeepsGoing = line.Parsed.GetValue(line.KeepGoing),
            DemandsAllFaults = line.Parsed.GetValue(line.DemandAllFaults),
            ListsOptions = line.Parsed.GetValue(line.ListOptions),
            IsPlanted = IsGiven(line.Planted),
            Defect = line.Parsed.GetValue(line.Planted),
        };
        long? seeds = Number(line.Seeds, 1, long.MaxValue);
        CheckTogether(request);
        return request with
        {
            SeedsGiven = seeds,
            Seeds = request.IsSingle ? 1 : seeds ?? (request.Limit is null ? SimulationRequest.SeedsDefault : null),
        };
    }

    private void CheckTogether(SimulationRequest request)
    {
        foreach (Option other in (Option[])[line.Seeds, line.First, line.Minutes])
        {
            if (request.IsSingle && IsGiven(other))
            {
                _errors.Add($"--seed is for one run, and {other.Name} for many; expected one of them");
            }
        }

        if (request.TraceFile is not null && !request.IsSingle)
        {
            _errors.Add("--trace writes one run down; expected --seed with it");
        }

        if (request.IsSingle && request.Profiles.Count > 1 && IsGiven(line.Profile))
        {
            _errors.Add("--profile is \"all\"; expected, for one seed, the profile that it was run with");
        }

        if (request.IsPlanted && request.IsSingle && request.Defect is null)
        {
            _errors.Add("--planted tries many seeds for each defect; expected no --seed with it, or the name of one defect");
        }
    }

    private bool IsGiven(Option option) => line.Parsed.GetResult(option) is { Implicit: false };

    private ulong? Seed(Option<string> option)
    {
        string? text = line.Parsed.GetValue(option);
        if (text is null || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
        {
            return text is null ? null : ulong.Parse(text, CultureInfo.InvariantCulture);
        }

        _errors.Add($"{option.Name} is \"{text}\"; expected an integer from 0 to {ulong.MaxValue}");
        return null;
    }

    private long? Number(Option<string> option, long min, long max)
    {
        string? text = line.Parsed.GetValue(option);
        bool isGood = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && number >= min && number <= max;
        if (text is not null && !isGood)
        {
            string range = max == long.MaxValue ? $"{min} or more" : $"from {min} to {max}";
            _errors.Add($"{option.Name} is \"{text}\"; expected an integer, {range}");
        }

        return isGood ? number : null;
    }

    private TimeSpan? Minutes()
    {
        string? text = line.Parsed.GetValue(line.Minutes);
        bool isGood = decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal minutes)
            && minutes is > 0 and <= 1_000_000;
        if (text is not null && !isGood)
        {
            _errors.Add($"--minutes is \"{text}\"; expected a number above 0, such as 5 or 0.5");
        }

        return isGood ? TimeSpan.FromMinutes((double)minutes) : null;
    }

    private IReadOnlyList<Profile> Profiles()
    {
        string? text = line.Parsed.GetValue(line.Profile);
        if (text == Every || (text is null && IsGiven(line.Planted)))
        {
            return Profile.All;
        }

        if (Profile.All.FirstOrDefault(known => known.Name == (text ?? Profile.Swarm.Name)) is { } profile)
        {
            return [profile];
        }

        _errors.Add($"--profile is \"{text}\"; expected {string.Join(", ", Profile.All.Select(static known => known.Name))} or {Every}");
        return [];
    }

    private ImmutableSortedDictionary<string, long> Set()
    {
        var set = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (string item in line.Parsed.GetValue(line.Set) ?? [])
        {
            string[] parts = item.Split('=', 2);
            OptionSpec? spec = OptionTable.All.FirstOrDefault(known => known.Name == parts[0]);
            if (parts.Length < 2)
            {
                _errors.Add($"--set is \"{item}\"; expected NAME=VALUE, such as clients=1");
            }
            else if (spec is null)
            {
                string hint = Hint(parts[0], OptionTable.All.Select(static known => known.Name));
                _errors.Add($"--set is \"{item}\"; there is no option \"{parts[0]}\"{hint}");
            }
            else if (!long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long value)
                || value < spec.Min || value > spec.Max)
            {
                _errors.Add($"--set is \"{item}\"; expected for {spec.Name} ({spec.Text}) an integer from {spec.Min} to {spec.Max}");
            }
            else
            {
                set[spec.Name] = value;
            }
        }

        return set.ToImmutable();
    }

    private ImmutableSortedSet<string> Skip()
    {
        string[] kinds = [.. OptionTable.All
            .Where(static spec => spec.Name.StartsWith("fault.", StringComparison.Ordinal))
            .Select(static spec => spec.Name["fault.".Length..])];
        var skip = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (string name in (line.Parsed.GetValue(line.Skip) ?? []).SelectMany(static names => names.Split(',')))
        {
            string[] parts = name.Split('#', 2);
            if (!kinds.Contains(parts[0]))
            {
                _errors.Add($"--skip is \"{name}\"; there is no scheduled fault \"{parts[0]}\"{Hint(parts[0], kinds)}");
            }
            else if (parts.Length < 2
                || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                || number < 1)
            {
                _errors.Add($"--skip is \"{name}\"; expected a fault and its number, such as {parts[0]}#1");
            }
            else
            {
                skip.Add(name);
            }
        }

        return skip.ToImmutable();
    }

    private static string Hint(string name, IEnumerable<string> names)
    {
        string near = string.Join(", ", Nearest.Of(name, names));
        return near.Length == 0 ? "; --list-options shows what there is" : $"; near it are {near}";
    }
}
