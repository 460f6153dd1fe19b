using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Upgrades;

/// <summary>The steps of docs/upgrades.md, under load, with writes through both releases and moves between them.</summary>
internal static class RollingUpgrade
{
    /// <summary>In the order of the page: the silo without a master, the shadow's, the primary's.</summary>
    internal static Task InOrderAsync(RollingCluster cluster) => UnderLoadAsync(cluster, async recorder =>
    {
        await cluster.ReplaceAsync("n3");
        await WriteThroughAsync(cluster, recorder, "n1", "n3");
        int shard = await cluster.MoveAsync("n1", "n3");
        await cluster.MoveAsync(shard, "n1");
        await cluster.ReplaceAsync("n2");
        await cluster.ShadowFollowsAsync();
        await WriteThroughAsync(cluster, recorder, "n1", "n2");

        // The stop hands the primary's role over.
        await cluster.ReplaceAsync("n1");
        await cluster.LeadsAsync("n2");
        await cluster.ShadowFollowsAsync();
        await cluster.MoveAsync("n1", "n3");

        // And a failure after it finds nothing of the earlier release in its way.
        cluster.Kill("n2");
        await cluster.StartAgainAsync("n2");
        await cluster.ShadowFollowsAsync();
    });

    /// <summary>
    /// Against the page: the newer release leads while a shadow of the earlier one is left. Whether that one can follow depends on what
    /// the releases have changed; nothing is lost either way, and once it is replaced it follows.
    /// </summary>
    internal static Task NewerLeadsOlderAsync(RollingCluster cluster) => UnderLoadAsync(cluster, async recorder =>
    {
        await cluster.ReplaceAsync("n2");
        await cluster.ShadowFollowsAsync();
        await cluster.SwitchOverAsync("n2");
        await WriteThroughAsync(cluster, recorder, "n1", "n2");
        await cluster.MoveAsync("n2", "n3");

        Console.WriteLine($"a rolling upgrade, the older shadow: {cluster.LastErrorOfEarlier("n1") ?? "has said nothing"}");

        await cluster.ReplaceAsync("n1");
        await cluster.ShadowFollowsAsync();
        await cluster.ReplaceAsync("n3");
        await cluster.ShadowFollowsAsync();
    });

    private static async Task UnderLoadAsync(RollingCluster cluster, Func<Recorder, Task> steps)
    {
        int seed = Random.Shared.Next();
        await cluster.StartAsync();
        Recorder recorder = new();
        FirstServed served = new(cluster.Clients, recorder);
        await served.EveryShardAsync();
        Workload workload = new(cluster.Clients, recorder, seed);
        await steps(recorder);
        Dictionary<string, string?> finals = new(await workload.EndAsync());
        foreach ((string key, string? value) in await served.FinalsAsync())
            finals[key] = value;

        string counts = $"{recorder.Answered} answered, {recorder.Refused} refused, {recorder.Open} unknown";
        Console.WriteLine($"a rolling upgrade, seed {seed}: {counts}");
        IReadOnlyList<string> problems = HistoryVerdict.Problems(recorder, finals);
        Assert.True(problems.Count == 0, $"{string.Join('\n', problems)}\nseed {seed}\n{cluster.Told()}");
    }

    /// <summary>A write to every shard through the silo of each of these groups, whichever release has the shard.</summary>
    private static async Task WriteThroughAsync(RollingCluster cluster, Recorder recorder, params string[] groups)
    {
        foreach (string group in groups)
        {
            await using OutsideClient client = await cluster.ConnectAsync(group);
            await new FirstServed([client], recorder).EveryShardAsync();
        }
    }
}
