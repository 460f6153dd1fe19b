using System.CommandLine;
using OrleansShards.CommandLine;

namespace OrleansShards.Simulation.Cli;

/// <summary>Reads the simulator's command line.</summary>
internal sealed class SimulationOptionReader : OptionReader<SimulationRequest>
{
    private const string Description =
        "Runs whole clusters in virtual time, injects faults, and checks what clients saw. The seed decides a run: "
        + "equal seeds and options give bit-identical runs.\n\n"
        + "  ./run.sh simulate                        1000 seeds, from a fresh one on\n"
        + "  ./run.sh simulate --seed 17              one seed, with all that is drawn for it\n"
        + "  ./run.sh simulate --seed 17 --trace t    and written down, event by event\n"
        + "  ./run.sh simulate --minutes 60 --profile all\n\n"
        + "Exit code: 0 if no rule was broken, 1 if one was, 2 if the command line is wrong.";

    private const string ListHint = "; --list-options shows what there is";

    private static readonly string[] ScheduledFaults = [.. OptionTable.All.Select(static spec => spec.Fault).OfType<string>()];

    private static readonly string[] ProfileNames = [.. Profile.All.Select(static profile => profile.Name), "all"];

    internal SimulationOptionReader()
        : base("simulate", Description, new SimulationRequest { First = WallClock.FreshSeed() })
    {
        Add("seeds", "N", "How many seeds. Default: 1000, or as many as --minutes allows.", Values.Number(1),
            static (request, seeds) => request with { SeedsGiven = seeds });
        Add("seed", "S", "One seed; prints all that is drawn for it first.", Seed,
            static (request, seed) => request with { IsSingle = true, First = seed });
        Add("first", "S", "The first of the seeds. Default: a fresh one, which is printed.", Seed,
            static (request, seed) => request with { First = seed });
        Add("minutes", "M", "Begin no further run after this time; may have a fraction.", Minutes,
            static (request, limit) => request with { Limit = limit });
        Add("profile", "NAME", "Which sort of runs: --list-options names them; all takes turns. Default: swarm.",
            Values.OneOf(ProfileNames),
            static (request, name) =>
                request with { Profiles = [.. Profile.All.Where(profile => name == "all" || profile.Name == name)] });
        AddMany("set", "NAME=VALUE", "Set an option instead of drawing it. May be repeated.", Setting,
            static (request, setting) => request with { Set = request.Set.SetItem(setting.Name, setting.Value) });
        AddMany("skip", "FAULT#N,...", "Leave scheduled faults out: pause#2,crash-node#1. May be repeated.", ScheduledFault,
            static (request, fault) => request with { Skip = request.Skip.Add(fault) });
        Add("trace", "FILE", "Write a trace of the run of --seed, event by event.", static text => text,
            static (request, file) => request with { TraceFile = file });
        Add("threads", "N", "How many runs at once; changes no result. Default: one a processor.", Values.Number(1, 1_024),
            static (request, threads) => request with { Threads = threads });
        AddFlag("no-shrink", "Do not look for a smaller run that breaks the same rule.",
            static request => request with { Shrinks = false });
        AddFlag("keep-going", "Continue after a run that breaks a rule; report each such run in two lines, and shrink none.",
            static request => request with { KeepsGoing = true });
        AddFlag("demand-all-faults", "Fail if a kind of fault never happened in all runs.",
            static request => request with { DemandsAllFaults = true });
        AddFlag("list-options", "Show what is drawn for a run, and the profiles.", static request => request with { ListsOptions = true });
        Add("planted", "NAME", "Look for planted defects, or for the one of this name: only in the build of ./test.sh planted.",
            static text => text, static (request, defect) => request with { Defect = defect }, ArgumentArity.ZeroOrOne);
        AddFlag("explore", "With --planted: look for those that have a small world, by every order of its events.",
            static request => request with { Explores = true });
        Add("rounds", "N", "How often each planted defect is looked for. Default: 5.", Values.Number(1, 1_000),
            static (request, rounds) => request with { Rounds = rounds });
    }

    /// <inheritdoc/>
    protected override SimulationRequest Complete(SimulationRequest request)
    {
        foreach (string name in ((string[])["seeds", "first", "minutes"]).Where(name => Has("seed") && Has(name)))
            Refuse($"--seed is for one run, and --{name} for many; expected one of them");

        if (Has("trace") && !Has("seed"))
            Refuse("--trace writes one run down; expected --seed with it");

        if (request.IsSingle && request.Profiles.Count > 1)
            Refuse("--profile is \"all\"; expected, for one seed, the profile that it was run with");

        if (Has("explore") && !Has("planted"))
            Refuse("--explore looks for planted defects; expected --planted with it, or `./run.sh explore`");

        if (Has("planted") && Has("seed") && request.Defect is null)
            Refuse("--planted tries many seeds for each defect; expected no --seed with it, or the name of one defect");

        return request with
        {
            IsPlanted = Has("planted"),
            Profiles = Has("planted") && !Has("profile") ? Profile.All : request.Profiles,
            Seeds = request.IsSingle ? 1 : request.SeedsGiven ?? (request.Limit is null ? SimulationRequest.SeedsDefault : null),
        };
    }

    private static ulong Seed(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
        ? seed
        : throw Values.Expected($"an integer from 0 to {ulong.MaxValue}");

    private static TimeSpan Minutes(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal minutes)
            && minutes is > 0 and <= 1_000_000
            ? TimeSpan.FromMinutes((double)minutes)
            : throw Values.Expected("a number above 0, such as 5 or 0.5");

    private static (string Name, long Value) Setting(string text)
    {
        if (text.Split('=', 2) is not [string name, string value])
            throw Values.Expected("NAME=VALUE, such as clients=1");

        OptionSpec spec = OptionTable.All.FirstOrDefault(known => known.Name == name)
            ?? throw new FormatException(
                $"there is no option \"{name}\"{Nearest.Hint(name, OptionTable.All.Select(static known => known.Name), ListHint)}");
        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number >= spec.Min && number <= spec.Max
            ? (name, number)
            : throw Values.Expected($"for {name} ({spec.Text}) an integer from {spec.Min} to {spec.Max}");
    }

    private static string ScheduledFault(string text)
    {
        string[] parts = text.Split('#', 2);
        if (!ScheduledFaults.Contains(parts[0]))
            throw new FormatException($"there is no scheduled fault \"{parts[0]}\"{Nearest.Hint(parts[0], ScheduledFaults, ListHint)}");

        return parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? text
            : throw Values.Expected($"a fault and its number, such as {parts[0]}#1");
    }
}
