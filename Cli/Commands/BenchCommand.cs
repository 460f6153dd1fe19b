using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OrleansShards.Cli.Http;
using OrleansShards.Cli.Output;
using Spectre.Console;

namespace OrleansShards.Cli.Commands;

/// <summary>
/// A quick closed-loop load over HTTP: each client sends its next request when the last is answered. It measures what a program that uses
/// HTTP sees, not what the store can do: Benchmarks/ does that.
/// </summary>
internal static class BenchCommand
{
    private const string Prefix = "shards-bench-";

    internal static Command Build()
    {
        Option<int> clients = CommandOptions.Number("--clients", "How many send at once.", 8, 1, 1024);
        Option<int> seconds = CommandOptions.Number("--seconds", "For how long.", 5, 1, 3600);
        Option<int> keys = CommandOptions.Number("--keys", $"How many keys, {Prefix}0 and so on.", 1000, 1, 1_000_000);
        Option<int> bytes = CommandOptions.Number("--value-bytes", "The length of a value.", 100, 2, 1024 * 1024);
        Option<int> reads = CommandOptions.Number("--reads", "The percentage of reads; the rest writes.", 50, 0, 100);
        Option<bool> keep = new("--keep") { Description = "Leave the keys in the cluster." };
        Command command = new("bench", "A quick load with percentiles: reads and writes over HTTP, on keys of its own.")
        {
            clients, seconds, keys, bytes, reads, keep,
        };
        command.SetAction((parsed, stop) => RunAsync(
            parsed,
            new BenchLoad(
                parsed.GetValue(clients), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(keys), parsed.GetValue(bytes),
                parsed.GetValue(reads)),
            parsed.GetValue(keep),
            stop));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, BenchLoad load, bool keeps, CancellationToken stop)
    {
        using SiloApi api = CommandOptions.ApiOf(parsed);
        Screen screen = CommandOptions.ScreenOf(parsed);
        BenchRun run = new(api, load, Prefix);
        try
        {
            // The first answer says whether there is anybody, and whether the key may write.
            await run.WriteAsync(0, stop);
            Report(screen, await run.RunAsync(stop), run);
        }
        finally
        {
            if (!keeps)
                await run.DeleteAsync();
        }

        return run.Errors.IsEmpty ? ExitCode.Done : ExitCode.Refused;
    }

    private static void Report(Screen screen, BenchObject done, BenchRun run)
    {
        if (screen.IsJson)
        {
            Screen.WriteJson(JsonSerializer.SerializeToUtf8Bytes(done, ApiShapes.Default.BenchObject));
        }
        else
        {
            string rate = done.RequestsPerSecond.ToString("#,0", CultureInfo.InvariantCulture);
            string length = Words.Ms(done.Seconds * 1000);
            screen.WriteLine($"{Words.Number(done.Requests)} requests of {done.Clients} clients in {length}: {rate}/s");
            screen.WriteLine("");
            Table table = Lines.Table("", "#COUNT", "#P50", "#P90", "#P99", "#P99.9", "#MAX");
            Row(table, "reads", done.Reads);
            Row(table, "writes", done.Writes);
            screen.Write(table);
        }

        foreach ((string text, long count) in run.Errors.OrderByDescending(static one => one.Value))
            Program.Say($"{Words.Number(count)} failed: {text}");
    }

    private static void Row(Table table, string name, BenchLatency? latency)
    {
        if (latency is null)
            return;

        double[] times = [latency.P50Ms, latency.P90Ms, latency.P99Ms, latency.P999Ms, latency.MaxMs];
        table.AddRow(
            [Lines.Cell(name), Lines.Cell(Words.Number(latency.Count)), .. times.Select(static ms => Lines.Cell(Words.Ms(ms)))]);
    }
}

/// <summary>What is asked, by how many, and for how long.</summary>
internal sealed record BenchLoad(int Clients, TimeSpan Length, int Keys, int ValueBytes, int ReadsPercent);

/// <summary>One run; everything that was written is deleted in the end.</summary>
internal sealed class BenchRun(SiloApi api, BenchLoad load, string prefix)
{
    private readonly ConcurrentBag<double> _reads = [];
    private readonly ConcurrentBag<double> _writes = [];
    private readonly byte[] _value = Encoding.ASCII.GetBytes($"\"{new string('x', load.ValueBytes - 2)}\"");
    private readonly ConcurrentDictionary<int, bool> _written = [];

    internal ConcurrentDictionary<string, long> Errors { get; } = [];

    internal async Task<BenchObject> RunAsync(CancellationToken stop)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(load.Length);
        long startedAt = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, load.Clients).Select(
            _ => Task.Run(() => SendAsync(end.Token, stop), CancellationToken.None)));
        stop.ThrowIfCancellationRequested();
        double seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        long requests = _reads.Count + _writes.Count;
        return new BenchObject(
            load.Clients, Math.Round(seconds, 3), requests, Math.Round(requests / seconds, 1), Errors.Values.Sum(), Latency(_reads),
            Latency(_writes));
    }

    internal async Task WriteAsync(int key, CancellationToken stop)
    {
        _written[key] = true;
        await api.SendAsync(HttpMethod.Put, PathOf(key), _value, stop);
    }

    /// <summary>Also where the run was ended by a signal: who measures does not leave anything behind.</summary>
    internal Task DeleteAsync() => Parallel.ForEachAsync(
        _written.Keys,
        new ParallelOptions { MaxDegreeOfParallelism = load.Clients },
        async (key, stop) =>
        {
            try
            {
                await api.SendAsync(HttpMethod.Delete, PathOf(key), null, stop);
            }
            catch (CliFailure)
            {
                // It was never written, or nobody answers any more.
            }
        });

    private async Task SendAsync(CancellationToken end, CancellationToken stop)
    {
        while (!end.IsCancellationRequested)
        {
            int key = Random.Shared.Next(load.Keys);
            bool isRead = Random.Shared.Next(100) < load.ReadsPercent;
            long startedAt = Stopwatch.GetTimestamp();
            try
            {
                await (isRead ? ReadAsync(key, stop) : WriteAsync(key, stop));
                (isRead ? _reads : _writes).Add(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);
            }
            catch (CliFailure failure)
            {
                Errors.AddOrUpdate(failure.Message, 1, static (_, count) => count + 1);
            }
        }
    }

    // That a key has not been written yet is an answer.
    private async Task ReadAsync(int key, CancellationToken stop)
    {
        try
        {
            await api.SendAsync(HttpMethod.Get, PathOf(key), null, stop);
        }
        catch (CliFailure none) when (none.ExitCode == ExitCode.NoSuchKey)
        {
            return;
        }
    }

    private string PathOf(int key) => KeyTexts.PathOf(string.Create(CultureInfo.InvariantCulture, $"\"{prefix}{key}\""));

    private static BenchLatency? Latency(ConcurrentBag<double> measured)
    {
        double[] sorted = [.. measured.Order()];
        return sorted.Length == 0 ? null
            : new BenchLatency(sorted.Length, At(0.5), At(0.9), At(0.99), At(0.999), Math.Round(sorted[^1], 3));

        double At(double share) => Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))], 3);
    }
}
