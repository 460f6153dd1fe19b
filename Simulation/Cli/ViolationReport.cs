using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Cli;

/// <summary>Tells of a run that has broken a rule.</summary>
internal sealed class ViolationReport(SimulationRequest request, TextWriter output, TextWriter errors)
{
    private const int ShortMax = 300;

    /// <summary>The rule, the evidence, and the command that repeats it.</summary>
    internal void Tell(RunResult result)
    {
        _ = (request, errors);
        output.WriteLine();
        output.WriteLine($"VIOLATION of {result.Rule}, seed {result.Options.Seed}, profile {result.Options.Profile.Name}");
        output.WriteLine(result.Text);
        output.WriteLine($"to repeat it: {result.Options.Command()}");
    }

    /// <summary>The same in two lines.</summary>
    internal static void TellShortly(TextWriter output, RunResult result)
    {
        string text = result.Text.ReplaceLineEndings(" ");
        output.WriteLine($"VIOLATION of {result.Rule}: {(text.Length > ShortMax ? text[..ShortMax] + "..." : text)}");
        output.WriteLine($"  {result.Options.Command()}");
        output.Flush();
    }
}
