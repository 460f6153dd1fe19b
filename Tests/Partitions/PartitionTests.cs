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

        IReadOnlyList<string> problems = await RunAsync(recorder, workload, run);

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

    /// <summary>
    /// Everything that is wrong. Where the cluster does not recover, what clients have seen until then is checked all the same.
    /// </summary>
    private static async Task<IReadOnlyList<string>> RunAsync(Recorder recorder, Workload workload, PartitionRun run)
    {
        List<string> problems = [];
        IReadOnlyDictionary<string, string?> finals = new Dictionary<string, string?>();
        try
        {
            await run.RunAsync(ChaosLength.OfPartitions);
            problems.AddRange(run.Gaps());
            finals = await workload.EndAsync();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            problems.Add($"the run ended early: {failure.Message}");
            workload.Stop();
        }

        problems.AddRange(HistoryVerdict.Problems(recorder, finals));
        return problems;
    }
}
