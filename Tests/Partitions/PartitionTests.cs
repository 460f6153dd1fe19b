using System.Globalization;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Partitions;

/// <summary>
/// Three silos, their database and their clients in network namespaces, under load, and the network between them disturbed in every
/// way. What clients saw is checked by the simulator's checkers.
/// </summary>
[Collection(FailureRuns.Name)]
public sealed class PartitionTests
{
    private const int ProblemsTold = 20;

    [Fact]
    public async Task Network_DisturbedInEveryWay_NothingIsLostOrDoneTwice_AndEverythingComesBack()
    {
        int seed = Random.Shared.Next();
        await using PartitionedCluster cluster = await PartitionedCluster.StartAsync();
        Recorder recorder = new();
        Workload workload = new(cluster.Processes.Gateways, recorder, seed);
        PartitionRun run = new(cluster, recorder, workload, seed);

        IReadOnlyList<string> problems = await HistoryVerdict.DisturbAsync(recorder, workload, async () =>
        {
            await run.RunAsync(ChaosLength.OfPartitions);
            return run.Gaps();
        });

        string report = string.Create(
            CultureInfo.InvariantCulture,
            $"the network of three silos on PostgreSQL, seed {seed}, {recorder.Now / 1_000_000} s: "
            + $"{recorder.Answered} operations acknowledged, {recorder.Open} unknown, {recorder.Refused} refused; "
            + $"{recorder.Repeated} attempts repeated\n"
            + $"attempts: {cluster.Processes.Counts}\n{run.Summary()}");
        Console.WriteLine($"{string.Join('\n', run.Suffered)}\n{report}");
        Assert.True(
            problems.Count == 0,
            $"{problems.Count} problems:\n{string.Join('\n', problems.Take(ProblemsTold))}\n{report}\n{cluster.Processes.Told()}");
    }
}
