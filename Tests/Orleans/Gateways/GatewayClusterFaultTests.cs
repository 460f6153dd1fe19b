using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Gateways;

/// <summary>
/// Gateways that are one cluster, under load, killed and stopped: one, a majority, all. What clients saw is checked by the
/// simulator's checkers.
/// </summary>
[Collection(FailureRuns.Name)]
public sealed class GatewayClusterFaultTests
{
    private const int ProblemsTold = 20;

    [Theory]
    [InlineData(5, true, false)]
    [InlineData(3, true, true)]
    public async Task KillAndStop_OneAMajorityAndAll_NothingIsLostOrDoneTwice(int nodes, bool withData, bool overMessages)
    {
        Assert.SkipWhen(nodes > 3 && !ChaosLength.IsLong, "five gateways take more than a minute (ORLEANS_SHARDS_CHAOS_MINUTES)");
        int seed = Random.Shared.Next();
        using FaultyNetwork? network = overMessages ? new FaultyNetwork(seed) : null;
        using GatewayCluster cluster = await GatewayCluster.StartAsync(nodes, withData, network);
        network?.Apply(new LinkFaults(Lost: 1, Duplicated: 1, DelayMsMax: 20));
        Recorder recorder = new();
        Workload workload = new(cluster.Nodes, recorder, seed);
        Nemesis nemesis = new(cluster, recorder, workload, seed);
        IReadOnlyList<string> problems = await HistoryVerdict.DisturbAsync(recorder, workload, async () =>
        {
            await nemesis.RunAsync(ChaosLength.OfGateways);
            return nemesis.Gaps();
        });

        network?.Apply(new LinkFaults());
        string report = $"{nodes} gateways {(withData ? "with" : "without")} --data, seed {seed}, "
            + $"{recorder.Now / 1_000_000} s: {recorder.Answered} operations acknowledged, {recorder.Open} unknown, "
            + $"{recorder.Refused} refused; {recorder.Repeated} attempts repeated\n"
            + $"attempts: {cluster.Counts}\n{nemesis.Summary()}\n{network}";
        Console.WriteLine(report);
        Assert.True(
            problems.Count == 0,
            $"{problems.Count} problems:\n{string.Join('\n', problems.Take(ProblemsTold))}\n{report}\n"
            + $"{string.Join('\n', nemesis.Applied)}\n{cluster.Told()}");
        await cluster.EndAsync();
    }
}
