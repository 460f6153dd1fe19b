namespace OrleansShards.Simulation.Cli;

/// <summary>What the process ends with.</summary>
internal static class ExitCodes
{
    /// <summary>No rule was broken.</summary>
    internal const int Success = 0;

    /// <summary>A rule was broken, or a fault that was demanded did not happen, or a planted defect was not found.</summary>
    internal const int Violation = 1;

    /// <summary>The command line is wrong; nothing was run.</summary>
    internal const int BadUsage = 2;
}
