using System.Diagnostics;
using OrleansShards.Benchmarks.Compare;
using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Masters;

namespace OrleansShards.Benchmarks.Steady;

/// <summary>What is measured, and for how long.</summary>
internal sealed record SteadyOptions(
    string Script, string[] Parts, int Keys, int[] MoveKeys, int Moves, int InFlight, TimeSpan Duration, int[] Shards, int Rounds);

/// <summary>
/// How steady this store's durable writes are: in the first seconds of a process, while checkpoints are made, while a shard is
/// moved, and with more shards. One silo, and the client library in this process.
/// </summary>
internal static class SteadyBenchmark
{
    internal static readonly string[] Parts = ["start", "checkpoints", "moves", "shards"];

    private const int FillInFlight = 256;
    private const int UsualShards = 16;
    private const int FewKeys = 1000;

    private static readonly ShardId Moved = new(0);
    private static readonly GroupId[] Groups = [new("n1"), new("n2")];
    private static readonly TimeSpan WarmLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan FirstSeconds = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenMoves = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MoveLimit = TimeSpan.FromMinutes(5);

    internal static async Task<int> RunAsync(SteadyOptions options, CancellationToken cancellationToken)
    {
        if (options.Parts.Except(Parts).FirstOrDefault() is { } unknown)
        {
            Console.Error.WriteLine($"--parts {unknown}: expected {string.Join(", ", Parts)}");
            return 2;
        }

        // The first part begins in a process that has asked for nothing yet.
        foreach (string part in Parts.Intersect(options.Parts))
        {
            await (part switch
            {
                "start" => StartAsync(options, cancellationToken),
                "checkpoints" => CheckpointsAsync(options, cancellationToken),
                "moves" => MovesAsync(options, cancellationToken),
                _ => ShardsAsync(options, cancellationToken),
            });
            Console.WriteLine();
        }

        return 0;
    }

    private static async Task StartAsync(SteadyOptions options, CancellationToken cancellationToken)
    {
        Say($"The first {FirstSeconds.TotalSeconds:0} s of a process, writes, {options.InFlight} in flight");
        foreach (string what in (string[])["silo and client are new", "the silo is new"])
        {
            await using ShardsPeer store = await BeginAsync(options, UsualShards, FewKeys, null, cancellationToken);
            await using ClosedLoad load = new(store.WriteAsync, options.InFlight, FewKeys);
            double first = await load.RateAsync(FirstSeconds, cancellationToken);
            await load.WarmAsync(WarmLimit, cancellationToken);
            double warm = await load.RateAsync(FirstSeconds, cancellationToken);
            Say($"{what}: {first:N0}/s, warm {warm:N0}/s: ratio {first / warm:0.00}");
        }
    }

    private static async Task CheckpointsAsync(SteadyOptions options, CancellationToken cancellationToken)
    {
        await using ShardsPeer store = await BeginAsync(options, UsualShards, options.Keys, null, cancellationToken);
        await FillAsync(store, options.Keys, cancellationToken);
        Say($"Writes to {options.Keys:N0} keys in {UsualShards} shards, {options.InFlight} in flight, in thousands a second");
        const string published = "orleansshards_store_request_duration_seconds_count{kind=\"publish\"";
        double before = await store.MetricAsync(published);
        await using ClosedLoad load = new(store.WriteAsync, options.InFlight, options.Keys);
        Timeline timeline = new(await load.RecordAsync(Task.Delay(options.Duration, cancellationToken)));
        timeline.Print();
        Say($"{await store.MetricAsync(published) - before:0} checkpoints since the load began; {timeline}");
    }

    private static async Task MovesAsync(SteadyOptions options, CancellationToken cancellationToken)
    {
        foreach (int keys in options.MoveKeys)
        {
            await using ShardsPeer store = await BeginAsync(options, UsualShards, keys, Moved, cancellationToken);
            await FillAsync(store, keys, cancellationToken);
            await MoveAsync(store, Groups[0], cancellationToken);
            Say($"Writes to a shard of {keys:N0} keys, {options.InFlight} in flight, in thousands a second");
            await using ClosedLoad load = new(store.WriteAsync, options.InFlight, keys);
            await load.WarmAsync(WarmLimit, cancellationToken);
            List<Move> moves = [];
            Timeline timeline = new(await load.RecordAsync(MoveRepeatedlyAsync(store, options.Moves, moves, cancellationToken)));
            timeline.Print();
            foreach (Move move in moves)
                Say(move.Text(timeline));

            Say(timeline.ToString());
        }
    }

    private static async Task MoveRepeatedlyAsync(ShardsPeer store, int count, List<Move> moves, CancellationToken cancellationToken)
    {
        await Task.Delay(BetweenMoves, cancellationToken);
        for (int number = 1; number <= count; number++)
        {
            long start = Stopwatch.GetTimestamp();
            MoveStatus done = await MoveAsync(store, Groups[number % Groups.Length], cancellationToken);
            moves.Add(new Move(start, Stopwatch.GetTimestamp(), done));

            // The source deletes what it had, and both make checkpoints.
            await Task.Delay(BetweenMoves, cancellationToken);
        }
    }

    private static async Task<MoveStatus> MoveAsync(ShardsPeer store, GroupId to, CancellationToken cancellationToken) =>
        (await store.Admin.MigrateAsync(Moved, to, new CallOptions { Deadline = MoveLimit }, cancellationToken)).ValueOrThrow();

    private static async Task ShardsAsync(SteadyOptions options, CancellationToken cancellationToken)
    {
        Say($"Writes, {FillInFlight} in flight, by the number of shards");
        List<(int Shards, ShardsPeer Store, List<RoundResult> Rounds)> stores = [];
        try
        {
            foreach (int shards in options.Shards)
            {
                stores.Add((shards, await BeginAsync(options, shards, FewKeys, null, cancellationToken), []));
                await CompareBenchmark.WarmAsync(stores[^1].Store.WriteAsync, FillInFlight, FewKeys, WarmLimit, cancellationToken);
            }

            for (int round = 0; round < options.Rounds; round++)
            {
                foreach ((_, ShardsPeer store, List<RoundResult> rounds) in stores)
                {
                    rounds.Add(await CompareBenchmark.RoundAsync(
                        store.WriteAsync, FillInFlight, FewKeys, TimeSpan.FromSeconds(4), cancellationToken));
                }
            }
        }
        finally
        {
            foreach ((_, ShardsPeer store, _) in stores)
                await store.DisposeAsync();
        }

        Say($"shards   {RoundResult.Titles}   ratio");
        double first = RoundResult.Median(stores[0].Rounds).RequestsPerSecond;
        foreach ((int shards, _, List<RoundResult> rounds) in stores)
        {
            RoundResult median = RoundResult.Median(rounds);
            Say($"{shards,-8} {median} {median.RequestsPerSecond / first,7:0.00}");
        }
    }

    private static async Task<ShardsPeer> BeginAsync(
        SteadyOptions options, int shards, int keys, ShardId? shard, CancellationToken cancellationToken)
    {
        ShardsPeer store = new(new PeerOptions(options.Script, keys, ValueBytes: 100, shards, TimeSpan.Zero), shard);
        try
        {
            await store.StartAsync(cancellationToken);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes every key once, and prints how fast that was and what memory it took.</summary>
    private static async Task FillAsync(ShardsPeer store, int keys, CancellationToken cancellationToken)
    {
        // What a process takes for itself belongs to no key.
        await CompareBenchmark.WarmAsync(store.WriteAsync, FillInFlight, Math.Min(keys, FewKeys), WarmLimit, cancellationToken);
        (double Resident, double Heap) before = await store.MemoryAsync();
        double rate = await ClosedLoad.FillAsync(store.WriteAsync, FillInFlight, keys);
        (double Resident, double Heap) after = await store.MemoryAsync();
        Say($"{keys:N0} keys loaded: {rate:N0} keys/s; bytes a key: {(after.Resident - before.Resident) / keys:N0} of the process, "
            + $"{(after.Heap - before.Heap) / keys:N0} of the collector's heap");
    }

    private static void Say(string line) => Console.WriteLine(line);

    private sealed record Move(long Start, long End, MoveStatus Status)
    {
        internal string Text(Timeline timeline)
        {
            double seconds = Stopwatch.GetElapsedTime(Start, End).TotalSeconds;
            return $"moved from {timeline.At(Start):0.00} to {timeline.At(End):0.00} s: {Status.Keys / seconds:N0} keys/s, pause "
                + $"{Status.PauseUs / 1000.0:0.0} ms, longest gap {timeline.LongestGap(Start, End).Ms:0} ms, "
                + $"{timeline.RateBetween(Start, End):N0} writes/s meanwhile";
        }
    }
}
