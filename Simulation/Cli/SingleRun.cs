using OrleansShards.CommandLine;
using OrleansShards.Simulation.Running;
using OrleansShards.Simulation.Tracing;

namespace OrleansShards.Simulation.Cli;

/// <summary>One seed: all that is drawn for it, what came of it, and its trace where that is asked for.</summary>
internal sealed class SingleRun(SimulationRequest request, Surroundings around)
{
    /// <summary>Carries the run out.</summary>
    /// <returns>The exit code.</returns>
    internal int Execute()
    {
        RunOptions options = request.OptionsOf(request.First);
        foreach (string line in OptionText.Of(options))
            around.Output.WriteLine(line);

        around.Output.Flush();
        WallClock clock = new();
        RunResult result;
        try
        {
            result = Run(options);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            around.Errors.WriteLine($"simulate: --trace is \"{request.TraceFile}\": {failure.Message}");
            return ExitCodes.BadOptions;
        }

        Report.Summary(around.Output, result.Statistics, clock.Elapsed);
        int code = new Demands(request, around).Check(result.Statistics);
        if (result.Rule is null)
        {
            around.Output.WriteLine("no rule was broken");
            return code;
        }

        new ViolationReport(request, around).Tell(result);
        return ExitCodes.Failure;
    }

    private RunResult Run(RunOptions options)
    {
        if (request.TraceFile is null)
            return around.Execute(options, null);

        using StreamWriter trace = new(request.TraceFile);
        return around.Execute(options, trace);
    }
}
