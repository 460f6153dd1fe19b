using System.Text.Json;
using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Cli;

/// <summary>The text of options and results.</summary>
internal static class Report
{
    /// <summary>A fault's name as it is printed: <c>message-lost</c>.</summary>
    internal static string NameOf(FaultKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    /// <summary>The kinds of fault that never happened.</summary>
    internal static IEnumerable<FaultKind> Missing(RunStatistics statistics) =>
        Enum.GetValues<FaultKind>().Where(kind => statistics.Faults.GetValueOrDefault(kind) == 0);

    /// <summary>Writes what can be drawn, and the profiles.</summary>
    internal static void Table(TextWriter to)
    {
        to.WriteLine("option                          calm  what it is");
        foreach (OptionSpec spec in OptionTable.All)
            to.WriteLine(spec.Line(spec.Calm));

        to.WriteLine();
        to.WriteLine("profile");
        foreach (Profile profile in Profile.All)
            to.WriteLine($"  {profile.Name,-24}            {profile.Text}");
    }

    /// <summary>Writes what happened in one run, or in many, and how long they took.</summary>
    internal static void Summary(TextWriter to, RunStatistics all, TimeSpan wall)
    {
        double seconds = Math.Max(wall.TotalSeconds, 0.001);
        double virtualSeconds = all.Microseconds / 1e6;
        to.Write(Invariant($"runs {all.Runs:N0}, virtual hours {virtualSeconds / 3_600:0.00}, "));
        to.WriteLine(Invariant($"wall seconds {seconds:0.0}, speed {virtualSeconds / seconds:N0} x real time"));
        to.Write(Invariant($"operations {all.Operations:N0} ({all.Operations / seconds:N0} a wall second), "));
        to.WriteLine(Invariant($"refused {all.Refused:N0}, open {all.Open:N0}, repeated {all.Repeated:N0}"));
        to.Write(Invariant(
            $"takeovers {all.Takeovers:N0}, hand-overs {all.HandOvers:N0}, moves {all.Moves:N0}, checkpoints {all.Checkpoints:N0}, "));
        to.WriteLine(Invariant($"undecided {all.Undecided:N0}"));
        to.WriteLine("faults");
        foreach (FaultKind kind in Enum.GetValues<FaultKind>())
            to.WriteLine(Invariant($"  {NameOf(kind),-24} {all.Faults.GetValueOrDefault(kind),12:N0}"));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
