using OrleansShards.CommandLine;
using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Cli;

/// <summary>What runs have to show besides no violation: a fault that never happens is one that is not tested.</summary>
internal sealed class Demands(SimulationRequest request, Surroundings around)
{
    /// <summary>Names what is missing.</summary>
    /// <returns>The exit code.</returns>
    internal int Check(RunStatistics all)
    {
        FaultKind[] missing = request.DemandsAllFaults ? [.. Report.Missing(all)] : [];
        if (missing.Length == 0)
            return ExitCodes.Success;

        around.Output.WriteLine($"--demand-all-faults: never happened: {string.Join(", ", missing.Select(Report.NameOf))}");
        return ExitCodes.Failure;
    }
}
