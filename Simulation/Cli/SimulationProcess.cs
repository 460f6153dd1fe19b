using System.Diagnostics;
using OrleansShards.CommandLine;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Cli;

/// <summary>The process: command line in, exit code out.</summary>
internal static class SimulationProcess
{
    internal static int Run(string[] args, Surroundings around)
    {
        if (new SimulationOptionReader().Read(args, around.Output, around.Errors, out int exitCode) is not { } request)
            return exitCode;

        if (request.ListsOptions)
        {
            Report.Table(around.Output);
            return ExitCodes.Success;
        }

        if (request.IsPlanted)
            return LookForDefects(request, around);

        SeedRuns runs = new(request, around);
        return request.IsSingle ? runs.ExecuteOne() : runs.ExecuteMany();
    }

#if PLANTED
    private static int LookForDefects(SimulationRequest request, Surroundings around) => new PlantedRuns(request, around).Execute();
#else
    private static int LookForDefects(SimulationRequest request, Surroundings around)
    {
        _ = request;
        around.Errors.WriteLine("simulate: no defects are planted in this build; `./test.sh planted [NAME]` makes one and looks for them");
        return ExitCodes.BadOptions;
    }
#endif
}

/// <summary>Where results go, where errors and progress go, and what carries a run out: it writes a trace if it gets a writer.</summary>
internal sealed record Surroundings(TextWriter Output, TextWriter Errors, Func<RunOptions, TextWriter?, RunResult> Execute);

/// <summary>True time and randomness for what surrounds the runs: their duration, and fresh seeds. No run sees either.</summary>
internal sealed class WallClock
{
#pragma warning disable RS0030 // How fast runs are is told in true time, and a fresh seed has to come from somewhere.
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _passedAt;

    /// <summary>The time since this clock was created.</summary>
    internal TimeSpan Elapsed => _watch.Elapsed;

    /// <summary>Whether a period has passed since this method last said so.</summary>
    internal bool HasPassed(TimeSpan period)
    {
        if (Elapsed <= _passedAt + period)
            return false;

        _passedAt = Elapsed;
        return true;
    }

    /// <summary>A seed that hardly anybody has run, and short enough to be read out.</summary>
    internal static ulong FreshSeed() => (ulong)Random.Shared.NextInt64(1_000_000, 1_000_000_000_000);
#pragma warning restore RS0030
}
