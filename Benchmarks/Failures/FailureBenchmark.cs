using System.Diagnostics;
using System.Globalization;

namespace OrleansShards.Benchmarks.Failures;

/// <summary>
/// Kills and stops gateways of a cluster, and measures how long what they served was not served, through the others. The
/// probes are the only load.
/// </summary>
internal static class FailureBenchmark
{
    private static readonly Blow[] Blows =
    [
        new("kill of a plain node", false, null), new("kill of the primary's", true, null),
        new("pause of a plain node, 5 s", false, TimeSpan.FromSeconds(5)),
        new("pause of the primary's, 5 s", true, TimeSpan.FromSeconds(5)),
        new("pause of a plain node, 15 s", false, TimeSpan.FromSeconds(15)),
        new("pause of the primary's, 15 s", true, TimeSpan.FromSeconds(15)),
    ];

    // What has moved away goes back five seconds after its silo is up again. Hit before that, the node would carry nothing.
    private static readonly TimeSpan HomeTime = TimeSpan.FromSeconds(10);

    internal static int Run(string gateway, int nodes, int rounds)
    {
        RunAsync(gateway, nodes, rounds).GetAwaiter().GetResult();
        return 0;
    }

    private static async Task RunAsync(string gateway, int nodes, int rounds)
    {
        using MeasuredCluster cluster = new(gateway, nodes);
        cluster.Build();
        await cluster.StartAsync([.. cluster.Nodes]);
        await cluster.SettledAsync();
        Console.WriteLine(
            $"{nodes} gateways, {rounds} rounds; seconds, median (worst)\n{"",-28}  its shards served  the primary answers  all as before");
        foreach (Blow blow in Blows)
        {
            List<Sample> samples = [];
            for (int round = 0; round < rounds; round++)
                samples.Add(await MeasureAsync(cluster, blow));

            Console.WriteLine(
                $"{blow.Text,-28}  {Text(samples.SelectMany(static sample => sample.Shards)),17}"
                + $"  {Text(samples.Select(static sample => sample.Primary)),19}  {Text(samples.Select(static sample => sample.Back)),13}");
        }
    }

    /// <summary>
    /// One blow. A process that was killed is started again when others serve its shards, one that was stopped goes on when
    /// its time is over.
    /// </summary>
    private static async Task<Sample> MeasureAsync(MeasuredCluster cluster, Blow blow)
    {
        string primary = await cluster.PrimaryAsync();
        // The last node is neither the primary nor the shadow, in a cluster of three or more.
        string victim = blow.OfPrimary ? primary : cluster.Nodes[^1];
        int[] shards = await cluster.ShardsOfAsync(victim);
        long at = Stopwatch.GetTimestamp();
        Action strike = blow.Pause is null ? cluster[victim].Kill : () => cluster[victim].Signal("STOP");
        strike();
        Task<TimeSpan[]> served = Task.WhenAll(shards.Select(shard => cluster.ServedAsync(shard, victim, at)));
        Task<TimeSpan> led = cluster.LedAsync(victim, at);
        if (blow.Pause is { } pause)
        {
            await Task.Delay(pause);
            cluster[victim].Signal("CONT");
        }
        else
        {
            await Task.WhenAll(served, led);
            await cluster.StartAsync(victim);
        }

        TimeSpan healed = Stopwatch.GetElapsedTime(at);
        await Task.WhenAll(served, led);
        await cluster.SettledAsync();
        TimeSpan back = Stopwatch.GetElapsedTime(at) - healed;
        await Task.Delay(HomeTime);
        return new Sample(await served, await led, back);
    }

    private static string Text(IEnumerable<TimeSpan> times)
    {
        double[] sorted = [.. times.Select(static time => time.TotalSeconds).Order()];
        return sorted.Length == 0
            ? "none"
            : string.Create(CultureInfo.InvariantCulture, $"{sorted[sorted.Length / 2]:0.00} ({sorted[^1]:0.00})");
    }

    /// <param name="Text">For the table.</param>
    /// <param name="OfPrimary">Whether the primary's node is hit; else a plain one.</param>
    /// <param name="Pause">How long it is stopped; null where it is killed.</param>
    private sealed record Blow(string Text, bool OfPrimary, TimeSpan? Pause);

    /// <param name="Shards">From the blow to the first served write, of each shard of the victim's group.</param>
    /// <param name="Primary">From the blow to the first answer of a primary.</param>
    /// <param name="Back">From when the victim ran again until everything was served through every gateway.</param>
    private sealed record Sample(IReadOnlyList<TimeSpan> Shards, TimeSpan Primary, TimeSpan Back);
}
