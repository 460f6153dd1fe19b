using OrleansShards.Simulation.Drawing;
using OrleansShards.Simulation.Running;
using OrleansShards.Simulation.Tracing;

namespace OrleansShards.Simulation.Cli;

/// <summary>One seed: all that is drawn for it, what came of it, and its trace where that is asked for.</summary>
internal sealed class SingleRun(SimulationRequest request, TextWriter output, TextWriter errors)
{
    /// <summary>Carries the run out.</summary>
    /// <returns>The exit code.</returns>
    internal int Execute()
    {
        RunOptions options = request.OptionsOf(request.First);
        foreach (string line in OptionText.Of(options))
        {
            output.WriteLine(line);
        }

        output.Flush();
        WallClock clock = new();
        RunResult result;
        try
        {
            result = Run(options);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"simulate: --trace is \"{request.TraceFile}\": {failure.Message}");
            return ExitCodes.BadUsage;
        }

        Report.Summary(output, result.Statistics, clock.Elapsed);
        int code = new Demands(request, output).Check(result.Statistics);
        if (result.Rule is null)
        {
            output.WriteLine("no rule was broken");
            return code;
        }

        new ViolationReport(request, output, errors).Tell(result);
        return ExitCodes.Violation;
    }

    private RunResult Run(RunOptions options)
    {
        if (request.TraceFile is null)
        {
            return Simulator.Execute(options);
        }

        using StreamWriter trace = new(request.TraceFile);
        return Simulator.Execute(options, trace);
    }
}
