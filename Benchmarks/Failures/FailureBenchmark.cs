using System.Diagnostics;
using System.Globalization;

namespace OrleansShards.Benchmarks.Failures;

/// <summary>
/// Kills and pauses gateways of a cluster, and measures through the others how long the victim's shards and its primary were
/// not served. The probes are the only load.
/// </summary>
internal static class FailureBenchmark
{
    private static readonly Fault[] Faults =
    [
        new("kill of a plain node", false, null), new("kill of the primary's", true, null),
        new("pause of a plain node, 5 s", false, TimeSpan.FromSeconds(5)),
        new("pause of the primary's, 5 s", true, TimeSpan.FromSeconds(5)),
        new("pause of a plain node, 15 s", false, TimeSpan.FromSeconds(15)),
        new("pause of the primary's, 15 s", true, TimeSpan.FromSeconds(15)),
    ];

    // Grains return five seconds after their silo is up again. Before that, a fault would hit a node without grains.
    private static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(10);

    internal static int Run(string gateway, int nodes, int rounds)
    {
        RunAsync(gateway, nodes, rounds).GetAwaiter().GetResult();
        return 0;
    }

    private static async Task RunAsync(string gateway, int nodes, int rounds)
    {
        using MeasuredCluster cluster = new(gateway, nodes);
        GatewayProcess.Build(gateway);
        await cluster.StartAsync([.. cluster.Nodes]);
        await cluster.AllServedAsync();
        Console.WriteLine(
            $"{nodes} gateways, {rounds} rounds; seconds, median (worst)\n{"",-28}  its shards served  the primary answers  all as before");
        foreach (Fault fault in Faults)
        {
            List<Sample> samples = [];
            for (int round = 0; round < rounds; round++)
                samples.Add(await MeasureAsync(cluster, fault));

            Console.WriteLine(
                $"{fault.Text,-28}  {Text(samples.SelectMany(static sample => sample.Shards)),17}"
                + $"  {Text(samples.Select(static sample => sample.Primary)),19}  {Text(samples.Select(static sample => sample.Back)),13}");
        }
    }

    /// <summary>A killed process is restarted when others serve its shards; a paused one continues after its pause.</summary>
    private static async Task<Sample> MeasureAsync(MeasuredCluster cluster, Fault fault)
    {
        string primary = await cluster.PrimaryAsync();
        // The last node is neither the primary nor the shadow, in a cluster of three or more.
        string victim = fault.OfPrimary ? primary : cluster.Nodes[^1];
        int[] shards = await cluster.ShardsOfAsync(victim);
        long at = Stopwatch.GetTimestamp();
        if (fault.Pause is null)
            cluster[victim].Kill();
        else
            cluster[victim].Signal("STOP");

        Task<TimeSpan[]> served = Task.WhenAll(shards.Select(shard => cluster.ServedAsync(shard, victim, at)));
        Task<TimeSpan> primaryServed = cluster.PrimaryServedAsync(victim, at);
        if (fault.Pause is { } pause)
        {
            await Task.Delay(pause);
            cluster[victim].Signal("CONT");
        }
        else
        {
            await Task.WhenAll(served, primaryServed);
            await cluster.StartAsync(victim);
        }

        TimeSpan healed = Stopwatch.GetElapsedTime(at);
        await Task.WhenAll(served, primaryServed);
        await cluster.AllServedAsync();
        TimeSpan back = Stopwatch.GetElapsedTime(at) - healed;
        await Task.Delay(ReturnTime);
        return new Sample(await served, await primaryServed, back);
    }

    private static string Text(IEnumerable<TimeSpan> times)
    {
        double[] sorted = [.. times.Select(static time => time.TotalSeconds).Order()];
        return sorted.Length == 0
            ? "none"
            : string.Create(CultureInfo.InvariantCulture, $"{sorted[sorted.Length / 2]:0.00} ({sorted[^1]:0.00})");
    }

    /// <summary>A kill (null) or a pause of the primary's node or of a plain one.</summary>
    private sealed record Fault(string Text, bool OfPrimary, TimeSpan? Pause);

    /// <summary>
    /// The times from the fault to the first served write of each of the victim's shards, from the fault to the first answer of
    /// a primary, and from when the victim ran again until everything was served through every gateway.
    /// </summary>
    private sealed record Sample(IReadOnlyList<TimeSpan> Shards, TimeSpan Primary, TimeSpan Back);
}
