using System.Globalization;
using OrleansShards.Simulation.Drawing;
using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Running;
using OrleansShards.Simulation.Shrinking;
using OrleansShards.Simulation.Tracing;

namespace OrleansShards.Simulation.Cli;

/// <summary>Tells of a run that has broken a rule, and of the smallest that was found to break it too.</summary>
internal sealed class ViolationReport(SimulationRequest request, TextWriter output, TextWriter errors)
{
    private const int ShortMax = 300;

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);

    private readonly WallClock _clock = new();
    private TimeSpan _progressAt = ProgressEvery;

    /// <summary>The rule, the evidence, and the command that repeats it; then the same of a smaller run.</summary>
    internal void Tell(RunResult result)
    {
        output.WriteLine();
        output.WriteLine($"VIOLATION of {result.Rule}, seed {result.Options.Seed}, profile {result.Options.Profile.Name}");
        output.WriteLine(result.Text);
        output.WriteLine($"to repeat it: {result.Options.Command()}");
        output.Flush();
        if (!request.Shrinks)
        {
            return;
        }

        Shrinker shrinker = new(static options => Simulator.Execute(options), progress: Progress);
        RunResult smallest = shrinker.Shrink(result);
        output.WriteLine();
        if (smallest == result)
        {
            output.WriteLine($"no smaller run breaks {result.Rule}; {shrinker.Runs} were tried");
            return;
        }

        output.WriteLine($"a smaller run that breaks {result.Rule}, found by {shrinker.Runs} runs");
        TellOptions(smallest.Options);
        TellSchedule(smallest.Options);
        output.WriteLine(smallest.Text);
        output.WriteLine($"{(Repeats(smallest) ? "repeated by" : "NOT REPEATED, which is a defect of the simulator, by")}: {smallest.Options.Command()}");
    }

    /// <summary>The same in two lines.</summary>
    internal static void TellShortly(TextWriter output, RunResult result)
    {
        string text = result.Text.ReplaceLineEndings(" ");
        output.WriteLine($"VIOLATION of {result.Rule}: {(text.Length > ShortMax ? text[..ShortMax] + "..." : text)}");
        output.WriteLine($"  {result.Options.Command()}");
        output.Flush();
    }

    private void TellOptions(RunOptions options)
    {
        output.WriteLine("all is calm but");
        foreach (OptionSpec spec in OptionTable.All)
        {
            if (options[spec.Name] != spec.Calm && !spec.Name.StartsWith("fault.", StringComparison.Ordinal))
            {
                output.WriteLine(OptionText.Of(spec, options[spec.Name]));
            }
        }
    }

    private void TellSchedule(RunOptions options)
    {
        output.WriteLine("scheduled faults, by the time since the work began");
        foreach (PlannedFault fault in Schedule.Of(options))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {fault.At / 1e6,12:0.000000} s  {fault.Name}"));
        }
    }

    /// <summary>Whether the command as a person types it leads to the same violation.</summary>
    private static bool Repeats(RunResult result)
    {
        string[] words = result.Options.Command().Split(' ');
        RequestReader reader = new(new SimulationCommandLine(words[2..]));
        SimulationRequest typed = reader.Read();
        RunResult again = Simulator.Execute(typed.OptionsOf(typed.First));
        return reader.Errors.Count == 0 && again.Rule == result.Rule && again.Text == result.Text;
    }

    private void Progress(string text)
    {
        if (_clock.Elapsed > _progressAt)
        {
            _progressAt = _clock.Elapsed + ProgressEvery;
            errors.WriteLine($"simulate: shrinking: {text}");
        }
    }
}
