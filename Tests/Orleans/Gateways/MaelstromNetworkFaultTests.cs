using System.Globalization;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Gateways;

/// <summary>
/// Gateways whose silos talk by messages through a network that has faults. What clients saw is checked by the simulator's checkers, and a
/// fault that no message felt fails the run.
/// </summary>
[Collection(FailureRuns.Name)]
public sealed class MaelstromNetworkFaultTests
{
    private const int AnswersEach = 400;

    private static readonly string[] Protocols = ["tcp", "tcp6", "udp", "udp6"];

    // The first node to start has everything; what belongs to another one goes there after five seconds (ClusterKeeper).
    private static readonly TimeSpan HomeAfter = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task LossDelayAndDuplication_UnderLoad_NothingIsLostOrDoneTwice()
    {
        int seed = Random.Shared.Next();
        using FaultyNetwork network = new(seed);
        using GatewayCluster cluster = await GatewayCluster.StartAsync(3, withData: false, network);
        Recorder recorder = new();
        Workload workload = new(cluster.Nodes, recorder, seed);
        foreach (LinkFaults faults in new LinkFaults[]
        {
            new(Lost: 5), new(Duplicated: 20), new(DelayMsMax: 60), new(Lost: 5, Duplicated: 10, DelayMsMax: 40),
        })
        {
            network.Apply(faults);
            await ServeAsync(cluster, recorder, workload);
        }

        network.Apply(new LinkFaults());
        await cluster.SettledAsync();
        string report = Report(recorder, network, seed);
        Console.WriteLine(report);
        AssertNone(HistoryVerdict.Problems(recorder, await workload.EndAsync()), cluster, report);
        Assert.True(network is { Lost: > 0, Duplicated: > 0, Delayed: > 0, Overtaken: > 0 }, report);
        AssertNoSockets(cluster);
        await cluster.EndAsync();
    }

    [Fact]
    public async Task Cut_PrimarysNodeFromTheRest_TheOthersTakeOver_AndEverythingComesBack()
    {
        int seed = Random.Shared.Next();
        using FaultyNetwork network = new(seed);
        using GatewayCluster cluster = await GatewayCluster.StartAsync(3, withData: false, network);
        Assert.Equal("n0", (await cluster.PrimaryAsync()).Name);
        Recorder recorder = new();
        Workload workload = new(cluster.Nodes, recorder, seed);
        await ServeAsync(cluster, recorder, workload);
        await Condition.PassesAsync(HomeAfter);

        await using Conversation conversation = new(cluster);
        await conversation.CalmAsync();
        string before = conversation.PrimaryAsSeenBy("n1");
        conversation.Tell("network", "n0 is cut from n1 and n2, both ways");
        network.CutOff("n0");
        await conversation.AnsweredAsync("n1", "n0", "unknown");
        await cluster.SettledWithoutAsync([cluster.Nodes[0]]);
        conversation.Tell("n1, n2", "serve every shard, and have a primary");
        await conversation.AsksAsync(cluster.Nodes[1]);
        await Condition.HoldsAsync(
            () => conversation.PrimaryAsSeenBy("n1") is var now && now != before && now.Contains(" in term ", StringComparison.Ordinal),
            () => $"n1's client sees a primary in another term than {before}\n{conversation}");
        foreach (GatewayNode node in cluster.Nodes)
            await conversation.AnsweredAsync("n0", node.Name, "refused");

        await Condition.PassesAsync(TimeSpan.FromSeconds(5));

        conversation.Tell("network", "healed");
        network.Heal();
        await cluster.SettledAsync();
        conversation.Tell("n0, n1, n2", "serve every shard, and reach the primary");
        await conversation.DisposeAsync();

        string report = Report(recorder, network, seed);
        Console.WriteLine($"{conversation}\n{report}");
        AssertNone(HistoryVerdict.Problems(recorder, await workload.EndAsync()), cluster, $"{conversation}\n{report}");
        Assert.Contains("  n0            this gateway's silo has ended", conversation.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("  n1            this gateway's silo has ended", conversation.ToString(), StringComparison.Ordinal);
        Assert.True(network.Cut > 0, report);
        await cluster.EndAsync();
    }

    [Fact]
    public async Task Cut_OneWay_UnderLoad_NothingIsLostOrDoneTwice_AndEverythingComesBack()
    {
        int seed = Random.Shared.Next();
        using FaultyNetwork network = new(seed);
        using GatewayCluster cluster = await GatewayCluster.StartAsync(3, withData: false, network);
        Recorder recorder = new();
        Workload workload = new(cluster.Nodes, recorder, seed);
        await ServeAsync(cluster, recorder, workload);
        foreach ((string from, string to) in new[] { ("n0", "n1"), ("n2", "n0") })
        {
            long before = network.Cut;
            network.CutOneWay(from, to);
            await Condition.PassesAsync(TimeSpan.FromSeconds(12));
            Assert.True(network.Cut > before, $"no message from {from} to {to} was dropped");
            network.Heal();
            await cluster.SettledAsync();
            await ServeAsync(cluster, recorder, workload);
        }

        string report = Report(recorder, network, seed);
        Console.WriteLine(report);
        AssertNone(HistoryVerdict.Problems(recorder, await workload.EndAsync()), cluster, report);
        await cluster.EndAsync();
    }

    private static string Report(Recorder recorder, FaultyNetwork network, int seed) => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {seed}, {recorder.Now / 1_000_000} s: {recorder.Answered} operations acknowledged, {recorder.Open} unknown, "
        + $"{recorder.Refused} refused, {recorder.Repeated} attempts repeated\n{network}");

    private static void AssertNone(IReadOnlyList<string> problems, GatewayCluster cluster, string report) => Assert.True(
        problems.Count == 0, $"{problems.Count} problems:\n{string.Join('\n', problems.Take(20))}\n{report}\n{cluster.Told()}");

    // A process' connections are those of its namespace whose sockets it has open.
    private static void AssertNoSockets(GatewayCluster cluster)
    {
        foreach (GatewayNode node in cluster.Nodes)
        {
            HashSet<string> own = [.. new DirectoryInfo($"/proc/{node.Current.Id}/fd").GetFiles()
                .Select(static file => file.LinkTarget ?? "")
                .Where(static target => target.StartsWith("socket:[", StringComparison.Ordinal))
                .Select(static target => target[8..^1])];
            IEnumerable<string> all = Protocols.SelectMany(
                protocol => File.ReadLines($"/proc/{node.Current.Id}/net/{protocol}").Skip(1));
            Assert.DoesNotContain(all, line => own.Contains(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[9]));
        }
    }

    private static async Task ServeAsync(GatewayCluster cluster, Recorder recorder, Workload workload)
    {
        int wanted = recorder.Answered + AnswersEach;
        await Condition.HoldsAsync(
            () => recorder.Answered > wanted || workload.Failed.IsFaulted,
            () => $"{wanted} answers; {recorder.Answered} came\n{cluster.Told()}");
        Assert.False(workload.Failed.IsFaulted, workload.Failed.Exception?.ToString());
    }
}
