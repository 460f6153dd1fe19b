using Orleans.TestingHost;
using OrleansShards.Tests.Orleans.Cluster;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>Silos of one process that are killed under load: the quick sister of the tests on processes.</summary>
public sealed class InProcessFailuresTests
{
    private const int Kills = 3;
    private const int BetweenKills = 1_500;

    [Fact]
    public async Task Kill_OneSiloAfterTheOther_TheHistoryIsLinearizable()
    {
        int seed = Random.Shared.Next();
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(3);
        Recorder recorder = new();
        Workload workload = new([cluster, cluster, cluster, cluster], recorder, seed);
        for (int kill = 0; kill < Kills; kill++)
        {
            await ServeAsync(recorder, workload);
            InProcessSiloHandle primary = await cluster.PrimarySiloAsync();
            await cluster.KillAsync(primary);
            await ServeAsync(recorder, workload);
            await cluster.StartSiloAsync();
        }

        IReadOnlyDictionary<string, string?> finals = await workload.EndAsync();

        IReadOnlyList<string> problems = HistoryVerdict.Problems(recorder, finals);
        Assert.True(problems.Count == 0, $"seed {seed}:\n{string.Join('\n', problems)}");
    }

    /// <summary>Waits until so many more have been answered.</summary>
    private static async Task ServeAsync(Recorder recorder, Workload workload)
    {
        int wanted = recorder.Answered + BetweenKills;
        await Condition.HoldsAsync(
            () => recorder.Answered > wanted || workload.Failed.IsFaulted, () => $"{wanted} answers; {recorder.Answered} came");
        Assert.False(workload.Failed.IsFaulted, workload.Failed.Exception?.ToString());
    }
}
