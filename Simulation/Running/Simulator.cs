using OrleansShards.Simulation.Drawing;
using OrleansShards.Simulation.Tracing;

namespace OrleansShards.Simulation.Running;

/// <summary>
/// Runs a whole cluster in virtual time and breaks what can break. Equal options give equal results, to the byte of
/// the trace, on any machine.
/// </summary>
public static class Simulator
{
    /// <summary>Carries one run out.</summary>
    /// <param name="options">What decides it.</param>
    /// <param name="trace">Where the run is written down as a person reads it; null for nowhere.</param>
    /// <returns>What came of it: the first rule that was broken, if one was.</returns>
    public static RunResult Execute(RunOptions options, TextWriter? trace = null) =>
        new Run(options, trace is null ? null : new Trace(trace)).Execute();
}
