using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Running;
using OrleansShards.Simulation.Shrinking;

namespace OrleansShards.Simulation.Cli;

/// <summary>Reports a run that has broken a rule, and the smallest run that was found to break it, too.</summary>
internal sealed class ViolationReport(SimulationRequest request, Surroundings around)
{
    private const int ShortMax = 300;

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);

    private readonly WallClock _clock = new();

    /// <summary>Writes the rule, the evidence, and the command that repeats it; then the same of a smaller run.</summary>
    internal void Write(RunResult result)
    {
        around.Output.WriteLine();
        around.Output.WriteLine($"VIOLATION of {result.Rule}, seed {result.Options.Seed}, profile {result.Options.Profile.Name}");
        around.Output.WriteLine(result.Text);
        around.Output.WriteLine($"to repeat it: {result.Options.Command()}");
        around.Output.Flush();
        if (!request.Shrinks)
            return;

        Shrinker shrinker = new(options => around.Execute(options, null), progress: Progress);
        RunResult smallest = shrinker.Shrink(result);
        around.Output.WriteLine();
        if (smallest == result)
        {
            around.Output.WriteLine($"no smaller run breaks {result.Rule}; {shrinker.Runs} were tried");
            return;
        }

        around.Output.WriteLine($"a smaller run that breaks {result.Rule}, found by {shrinker.Runs} runs");
        WriteChosen(smallest.Options);
        around.Output.WriteLine(smallest.Text);
        string repeated = Repeats(smallest) ? "repeated by" : "NOT REPEATED, which is a defect of the simulator, by";
        around.Output.WriteLine($"{repeated}: {smallest.Options.Command()}");
    }

    /// <summary>Writes a violation in two lines.</summary>
    internal static void WriteShort(TextWriter output, RunResult result)
    {
        string text = result.Text.ReplaceLineEndings(" ");
        output.WriteLine($"VIOLATION of {result.Rule}: {(text.Length > ShortMax ? text[..ShortMax] + "..." : text)}");
        output.WriteLine($"  {result.Options.Command()}");
        output.Flush();
    }

    private void WriteChosen(RunOptions options)
    {
        around.Output.WriteLine("all is calm but");
        foreach (OptionSpec spec in OptionTable.All.Where(spec => options[spec.Name] != spec.Calm && spec.Fault is null))
            around.Output.WriteLine(spec.Line(options[spec.Name]));

        around.Output.WriteLine("scheduled faults, by the time since the work began");
        foreach (PlannedFault fault in Schedule.Of(options))
            around.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {fault.At / 1e6,12:0.000000} s  {fault.Name}"));
    }

    /// <summary>Whether the command, parsed as if it were typed, leads to the same violation.</summary>
    private bool Repeats(RunResult result)
    {
        string[] words = result.Options.Command().Split(' ');
        (SimulationRequest typed, IReadOnlyList<string> errors) = new SimulationOptionReader().Read(words[2..], null, null);
        RunResult again = around.Execute(typed.OptionsOf(typed.First), null);
        return errors.Count == 0 && again.Rule == result.Rule && again.Text == result.Text;
    }

    private void Progress(string text)
    {
        if (_clock.HasPassed(ProgressEvery))
            around.Errors.WriteLine($"simulate: shrinking: {text}");
    }
}
