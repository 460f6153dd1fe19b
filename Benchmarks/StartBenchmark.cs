using System.Diagnostics;
using System.Globalization;
using OrleansShards.Tests.Processes;

namespace OrleansShards.Benchmarks;

/// <summary>
/// The time from the start of a gateway's process to its answer to <c>init</c>: of one gateway alone, and of the slowest of
/// several that start at once as one cluster. Maelstrom waits for ten seconds and never asks again.
/// </summary>
internal static class StartBenchmark
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    internal static int Run(string gateway, int[] nodes, int rounds)
    {
        RunAsync(gateway, nodes, rounds).GetAwaiter().GetResult();
        return 0;
    }

    private static async Task RunAsync(string gateway, int[] nodes, int rounds)
    {
        GatewayProcess.Build(gateway);
        Console.WriteLine($"from the start of its process to init_ok, of {rounds} rounds");
        Dictionary<int, List<double>> slowest = nodes.ToDictionary(static count => count, static _ => new List<double>());
        for (int round = 0; round < rounds; round++)
        {
            foreach (int count in nodes)
                slowest[count].Add(await SlowestAsync(gateway, count));
        }

        foreach ((int count, List<double> seconds) in slowest)
        {
            seconds.Sort();
            string what = count == 1 ? "one gateway" : $"the slowest of {count} with --cluster";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{what,-30} median {seconds[seconds.Count / 2]:0.00} s, {seconds[0]:0.00} to {seconds[^1]:0.00} s"));
        }
    }

    private static async Task<double> SlowestAsync(string gateway, int count)
    {
        string[] names = [.. Enumerable.Range(1, count).Select(static number => $"n{number}")];
        string[] options = count == 1 ? [] : ["--cluster", $"start-{Guid.NewGuid():N}"];
        string quoted = string.Join(',', names.Select(static name => $"\"{name}\""));
        List<GatewayPipe> pipes = [];
        try
        {
            // No gateway ends before all have answered: a member that leaves would delay the others.
            double[] seconds = await Task.WhenAll(names.Select(name => StartAsync(name)));
            await Task.WhenAll(pipes.Select(static pipe => pipe.EndAsync(AnswerLimit)));
            return seconds.Max();
        }
        finally
        {
            pipes.ForEach(static pipe => pipe.Dispose());
        }

        async Task<double> StartAsync(string name)
        {
            long at = Stopwatch.GetTimestamp();
            GatewayPipe pipe = new(new ProcessStartInfo(gateway, options));
            pipes.Add(pipe);
            var body = await pipe.AskAsync(name, "init", $",\"node_id\":\"{name}\",\"node_ids\":[{quoted}]", AnswerLimit);
            double took = Stopwatch.GetElapsedTime(at).TotalSeconds;
            return body is not null && !body.Value.TryGetProperty("code", out _)
                ? took
                : throw new InvalidOperationException($"{name} answers init with {body}\n{string.Join('\n', pipe.Told)}");
        }
    }
}
