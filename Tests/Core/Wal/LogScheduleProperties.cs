using System.Globalization;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>
/// Thousands of random schedules against <see cref="LogModel"/>. A failure names its seed: <c>LOG_SEED=n</c> in the
/// environment runs that one alone, <c>LOG_SCHEDULES=n</c> runs so many.
/// </summary>
public sealed class LogScheduleProperties(ITestOutputHelper output)
{
    private const int Schedules = 3000;

    [Fact]
    public void Run_AnySchedule_KeepsTheLogsPromises()
    {
        ScheduleCounts counts = new();
        int? only = Number("LOG_SEED");
        int first = only ?? 1;
        int last = only ?? Number("LOG_SCHEDULES") ?? Schedules;
        for (int seed = first; seed <= last; seed++)
            Run(seed, counts);

        output.WriteLine(string.Join(", ", counts.All().Select(it => $"{it.Times} {it.Case}")));
        Assert.All(counts.All(), it => Assert.True(only is not null || it.Times >= last / 100, $"only {it.Times} {it.Case}"));
    }

    private static void Run(int seed, ScheduleCounts counts)
    {
        try
        {
            new RandomSchedule(seed, counts).Run();
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"LOG_SEED={seed} fails: {failure.Message}", failure);
        }
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : null;
}
