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
    public static RunResult Execute(RunOptions options, TextWriter? trace = null)
    {
        if (trace is null)
            return new Run(options, null).Execute();

        foreach (string line in OptionText.Of(options).Prepend(options.Command()))
        {
            trace.Write(line);
            trace.Write('\n');
        }

        return new Run(options, new Trace(trace)).Execute();
    }
}
