using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using OrleansShards.Benchmarks.Compare;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Hosting;

namespace OrleansShards.Benchmarks.Moves;

/// <summary>
/// Moves one shard back and forth between two groups while clients write to it at full speed, durably. Measures how long no
/// write was served and the speed of the copy.
/// </summary>
internal static class MoveBenchmark
{
    private static readonly ShardId Shard = new(0);
    private static readonly TimeSpan MoveLimit = TimeSpan.FromMinutes(5);
    private static readonly GroupId[] Groups = [new("g1"), new("g2")];
    private static readonly DataLimits Limits = new() { ValueBytesMax = 16 << 20 };
    private static readonly ClusterDefinition Definition = new([new("g1"), new("g2")], [.. Groups], 4);

    internal static int Run(int[] keys, int moves, LoadOptions options)
    {
        Console.WriteLine(
            "keys       moves  gap ms: median  worst   (idle worst)  pause ms: worst  copy: keys/s     MB/s   writes/s  errors");
        foreach (int count in keys)
            Run(count, moves, options).GetAwaiter().GetResult();

        return 0;
    }

    private static async Task Run(int keys, int moves, LoadOptions options)
    {
        string directory = Directory.CreateTempSubdirectory("orleansshards-moves-").FullName;
        try
        {
            using IHost silo = await StartSiloAsync(directory);
            await using GrainClusterClient cluster = new(
                silo.Services.GetRequiredService<IGrainFactory>(),
                Definition,
                new GrainClusterClientOptions { Report = Console.Error.WriteLine, Limits = Limits });
            using MoveLoad load = new(cluster, Shard, keys, options);
            load.Fill(inFlight: 256);
            load.Start();
            TimeSpan idle = Watch(load, TimeSpan.FromSeconds(5));
            List<Sample> samples = [];
            for (int move = 0; move < moves; move++)
                samples.Add(await MoveAsync(cluster, load, move));

            load.Stop();
            Print(keys, samples, idle, load.Errors);
            await silo.StopAsync();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<IHost> StartSiloAsync(string directory)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(ServerProcess.FreePort(), 0)
            .AddSqliteLogStore(directory)
            .AddOrleansShards(static shards =>
            {
                shards.Nodes.Add("g1");
                shards.Nodes.Add("g2");
                shards.Shards = Definition.ShardCount;
                shards.Limits = Limits;
            }));
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static TimeSpan Watch(MoveLoad load, TimeSpan time)
    {
        long from = Stopwatch.GetTimestamp();
        Thread.Sleep(time);
        return load.Gaps(from, Stopwatch.GetTimestamp()).Longest[0].Length;
    }

    private static async Task<Sample> MoveAsync(GrainClusterClient cluster, MoveLoad load, int number)
    {
        MoveStatus before = await AskAsync(cluster, new ClientRequest.OfPrimary(new QueryMove(Shard)));
        GroupId owner = before.Target ?? before.Source ?? Groups[0];
        GroupId target = owner == Groups[0] ? Groups[1] : Groups[0];
        long from = Stopwatch.GetTimestamp();
        MoveStatus done = await AskAsync(cluster, new ClientRequest.Move(Shard, target));
        TimeSpan copy = Stopwatch.GetElapsedTime(from);

        // The deletion and the compaction afterwards belong to the move.
        await Task.Delay(TimeSpan.FromSeconds(1));
        long to = Stopwatch.GetTimestamp();
        (IReadOnlyList<(TimeSpan Length, TimeSpan At)> gaps, int served) = load.Gaps(from, to);
        double rate = served / Stopwatch.GetElapsedTime(from, to).TotalSeconds;
        string longest = string.Join(", ", gaps.Select(static gap => string.Create(
            CultureInfo.InvariantCulture, $"{gap.Length.TotalMilliseconds:0} at {gap.At.TotalMilliseconds:0}")));
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"move {number + 1}: copied in {copy.TotalMilliseconds:0} ms, paused for {done.PauseUs / 1e3:0.0} ms; gaps: {longest}"));
        return new Sample(gaps[0].Length, TimeSpan.FromMicroseconds(done.PauseUs ?? 0), copy, done.Keys, done.Bytes, rate);
    }

    private static async Task<MoveStatus> AskAsync(GrainClusterClient cluster, ClientRequest request)
    {
        Receiver receiver = new();
        cluster.Post(() => cluster.Submit(request, MoveLimit, receiver));
        ClientOutcome outcome = await receiver.Task;
        return outcome is ClientOutcome.Applied { Reply: MoveStatus status }
            ? status
            : throw new InvalidOperationException($"{request} ended with {outcome}");
    }

    private static void Print(int keys, List<Sample> samples, TimeSpan idle, List<string> errors)
    {
        double[] gaps = [.. samples.Select(static sample => sample.Gap.TotalMilliseconds).Order()];
        double rate = Median(samples.Select(static sample => sample.Keys / sample.Copy.TotalSeconds));
        double bytes = Median(samples.Select(static sample => sample.Bytes / sample.Copy.TotalSeconds / 1e6));
        TimeSpan pause = samples.Max(static sample => sample.Pause);
        double writes = Median(samples.Select(static sample => sample.WritesPerSecond));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{keys,-10} {samples.Count,5}  {gaps[gaps.Length / 2],14:0.0} {gaps[^1],6:0.0}   {idle.TotalMilliseconds,12:0.0}"
            + $"  {pause.TotalMilliseconds,15:0.0}  {rate,12:0} {bytes,8:0.0} {writes,10:0}  {errors.Count,6}"));
        foreach (string error in errors.Take(3))
            Console.WriteLine($"  {error}");
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private sealed record Sample(TimeSpan Gap, TimeSpan Pause, TimeSpan Copy, long Keys, long Bytes, double WritesPerSecond);

    private sealed class Receiver()
        : TaskCompletionSource<ClientOutcome>(TaskCreationOptions.RunContinuationsAsynchronously), IOutcomeReceiver
    {
        public void Completed(ClientOutcome outcome) => SetResult(outcome);
    }
}
