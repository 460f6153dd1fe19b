using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// Three silos as processes under load, killed and stopped in turn; a clock jumps, the database is stopped, and its disk is full.
/// </summary>
[Collection(FailureRuns.Name)]
public sealed class KilledSilosPostgresTests
{
    private const int PrimaryKills = 2;

    [Fact]
    public async Task KillAndStop_SilosInTurn_NothingIsLostOrDoneTwice()
    {
        int seed = Random.Shared.Next();
        await using Surroundings around = await Surroundings.MakeAsync();
        await using SiloFleet fleet = await SiloFleet.StartAsync(around);
        Recorder recorder = new();
        FirstServed served = new(fleet.Outside, recorder);
        await served.EveryShardAsync();
        Workload workload = new(fleet.Outside, recorder, seed);
        Upheaval upheaval = new(fleet, around, recorder, served, seed);

        try
        {
            await upheaval.RunAsync(ChaosLength.Time, PrimaryKills, workload.Failed);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Assert.Fail($"seed {seed}: {failure.Message}\n{string.Join('\n', upheaval.Blows)}\n{fleet.Told()}");
        }

        Dictionary<string, string?> finals = new(await workload.EndAsync());
        foreach ((string key, string? value) in await served.FinalsAsync())
            finals[key] = value;

        string report = $"silos killed and stopped for {ChaosLength.Time.TotalMinutes} min, seed {seed}: "
            + $"{LoadReport.Of(recorder, upheaval.Blows)}\n{string.Join('\n', upheaval.Blows)}";
        Console.WriteLine(report);
        IReadOnlyList<string> problems = HistoryVerdict.Problems(recorder, finals);
        Assert.True(problems.Count == 0, $"{string.Join('\n', problems)}\n{report}\n{fleet.Told()}");
    }
}
