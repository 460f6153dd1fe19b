using System.CommandLine;

namespace OrleansShards.Simulation.Cli;

/// <summary>What may stand on the command line; <see cref="RequestReader"/> says what it means.</summary>
internal sealed class SimulationCommandLine
{
    private readonly RootCommand _root = new(
        "Runs whole clusters in virtual time, breaks what can break, and checks what clients saw. The seed decides a run: "
        + "equal seeds and options give equal runs, to the byte of the trace.\n\n"
        + "  ./run.sh simulate                        1000 seeds, from a fresh one on\n"
        + "  ./run.sh simulate --seed 17              one seed, with all that is drawn for it\n"
        + "  ./run.sh simulate --seed 17 --trace t    and written down, event by event\n"
        + "  ./run.sh simulate --minutes 60 --profile all\n\n"
        + "Exit code: 0 where no rule was broken, 1 where one was, 2 where the command line is wrong.");

    /// <summary>Parses <paramref name="args"/>.</summary>
    internal SimulationCommandLine(string[] args)
    {
        Option[] all =
        [
            Seeds, Seed, First, Minutes, Profile, Set, Skip, Trace, Threads,
            NoShrink, KeepGoing, DemandAllFaults, ListOptions, Planted, Rounds,
        ];
        Array.ForEach(all, _root.Options.Add);
        Parsed = _root.Parse(args);
    }

    internal ParseResult Parsed { get; }

    internal Option<string> Seeds { get; } =
        Text("--seeds", "N", "How many seeds. Default: 1000, or as many as --minutes allows.");

    internal Option<string> Seed { get; } = Text("--seed", "S", "One seed; prints all that is drawn for it first.");

    internal Option<string> First { get; } =
        Text("--first", "S", "The first of the seeds. Default: a fresh one, which is printed.");

    internal Option<string> Minutes { get; } = Text("--minutes", "M", "Begin no further run after this time; may have a fraction.");

    internal Option<string> Profile { get; } =
        Text("--profile", "NAME", "Which sort of runs: --list-options names them; all takes turns. Default: swarm.");

    internal Option<string[]> Set { get; } = new("--set")
    {
        Description = "Set an option instead of drawing it. May come again.",
        HelpName = "NAME=VALUE",
    };

    internal Option<string[]> Skip { get; } = new("--skip")
    {
        Description = "Leave scheduled faults out: pause#2,crash-node#1. May come again.",
        HelpName = "FAULT#N,...",
    };

    internal Option<string> Trace { get; } = Text("--trace", "FILE", "Write the run of --seed down, event by event.");

    internal Option<string> Threads { get; } =
        Text("--threads", "N", "How many runs at once; changes no result. Default: one a processor.");

    internal Option<bool> NoShrink { get; } = new("--no-shrink")
    {
        Description = "Look for no smaller run where a rule is broken.",
    };

    internal Option<bool> KeepGoing { get; } = new("--keep-going")
    {
        Description = "Go on where a rule is broken; each such run is told in two lines, and none is shrunk.",
    };

    internal Option<bool> DemandAllFaults { get; } = new("--demand-all-faults")
    {
        Description = "Fail where a kind of fault never happened in all runs.",
    };

    internal Option<bool> ListOptions { get; } = new("--list-options")
    {
        Description = "Show what is drawn for a run, and the profiles.",
    };

    internal Option<string?> Planted { get; } = new("--planted")
    {
        Description = "Look for planted defects, or for the one of this name: only in the build of ./test.sh planted.",
        HelpName = "NAME",
        Arity = ArgumentArity.ZeroOrOne,
    };

    internal Option<string> Rounds { get; } = Text("--rounds", "N", "How often each planted defect is looked for. Default: 5.");

    /// <summary>Whether it asks for a text (help, version) instead of runs; <see cref="Invoke"/> shows that.</summary>
    internal bool AsksForText => Parsed.Errors.Count == 0 && Parsed.Action is not null;

    internal int Invoke(TextWriter output, TextWriter errors) =>
        Parsed.Invoke(new InvocationConfiguration { Output = output, Error = errors });

    private static Option<string> Text(string name, string argument, string description) =>
        new(name) { Description = description, HelpName = argument };
}
