using OrleansShards.CommandLine;

namespace OrleansShards.Simulation.Cli;

/// <summary>The process: command line in, exit code out.</summary>
internal static class SimulationProcess
{
    /// <summary>Does what the command line asks for.</summary>
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

        return request.IsSingle ? new SingleRun(request, around).Execute() : new ManyRuns(request, around).Execute();
    }

#if PLANTED
    private static int LookForDefects(SimulationRequest request, Surroundings around) =>
        new PlantedRuns(request, around).Execute();
#else
    private static int LookForDefects(SimulationRequest request, Surroundings around)
    {
        _ = request;
        around.Errors.WriteLine("simulate: no defects are planted in this build; `./test.sh planted [NAME]` makes one and looks for them");
        return ExitCodes.BadOptions;
    }
#endif
}
