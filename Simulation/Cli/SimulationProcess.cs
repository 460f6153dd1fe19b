namespace OrleansShards.Simulation.Cli;

/// <summary>The process: command line in, exit code out.</summary>
internal static class SimulationProcess
{
    /// <summary>Does what the command line asks for.</summary>
    internal static int Run(string[] args, TextWriter output, TextWriter errors)
    {
        SimulationCommandLine line = new(args);
        if (line.AsksForText)
        {
            return line.Invoke(output, errors);
        }

        RequestReader reader = new(line);
        SimulationRequest request = reader.Read();
        if (reader.Errors.Count > 0)
        {
            foreach (string error in reader.Errors)
            {
                errors.WriteLine($"simulate: {error}");
            }

            errors.WriteLine("simulate: --help lists what may be said");
            return ExitCodes.BadUsage;
        }

        if (request.ListsOptions)
        {
            Report.Table(output);
            return ExitCodes.Success;
        }

        if (request.IsPlanted)
        {
            return LookForDefects(request, output, errors);
        }

        return request.IsSingle ? new SingleRun(request, output, errors).Execute() : new ManyRuns(request, output, errors).Execute();
    }

#if PLANTED
    private static int LookForDefects(SimulationRequest request, TextWriter output, TextWriter errors) =>
        new PlantedRuns(request, output, errors).Execute();
#else
    private static int LookForDefects(SimulationRequest request, TextWriter output, TextWriter errors)
    {
        _ = (request, output);
        errors.WriteLine("simulate: no defects are planted in this build; `./test.sh planted [NAME]` makes one and looks for them");
        return ExitCodes.BadUsage;
    }
#endif
}
