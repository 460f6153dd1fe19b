using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OrleansShards.Tests.Processes;

namespace OrleansShards.Benchmarks.Failures;

/// <summary>Gateway processes that form one cluster, in memory.</summary>
internal sealed class MeasuredCluster : IDisposable
{
    private const int Shards = 16;

    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    private readonly SortedDictionary<string, GatewayPipe> _pipes = new(StringComparer.Ordinal);
    private readonly string _gateway;
    private readonly string[] _options;
    private int _asked;

    internal MeasuredCluster(string gateway, int nodes)
    {
        _gateway = gateway;
        _options = ["--cluster", $"failures-{Guid.NewGuid():N}", "--key-deadline-ms", "2500"];
        Nodes = [.. Enumerable.Range(1, nodes).Select(static number => $"n{number}")];
    }

    internal IReadOnlyList<string> Nodes { get; }

    internal GatewayPipe this[string node] => _pipes[node];

    /// <summary>Starts these nodes' processes and waits until each has answered <c>init</c>.</summary>
    internal async Task StartAsync(params string[] nodes)
    {
        string names = string.Join(',', Nodes.Select(static name => $"\"{name}\""));
        foreach (string node in nodes)
        {
            _pipes.GetValueOrDefault(node)?.Dispose();
            _pipes[node] = new GatewayPipe(new ProcessStartInfo(_gateway, _options));
        }

        await Task.WhenAll(nodes.Select(node => UntilAsync(
            $"init of {node}", () => IsOkAsync(node, "init", $",\"node_id\":\"{node}\",\"node_ids\":[{names}]"))));
    }

    /// <summary>Waits until every node serves every shard and reaches the primary.</summary>
    internal Task AllServedAsync() => UntilAsync("everything is served through every gateway", async () =>
    {
        bool[] answers = await Task.WhenAll(Nodes.SelectMany(node => Enumerable.Range(0, Shards)
            .Select(shard => IsOkAsync(node, "write", OfShard(shard)))
            .Append(IsOkAsync(node, "query_config", ""))));
        return answers.All(static isOk => isOk);
    });

    internal async Task<string> PrimaryAsync()
    {
        JsonElement masters = (await AskAsync("cluster_status")).GetProperty("masters");
        return masters.EnumerateArray()
            .First(static master => master.GetProperty("role").ValueEquals("primary")).GetProperty("name").GetString()!;
    }

    internal async Task<int[]> ShardsOfAsync(string group)
    {
        JsonElement shards = (await AskAsync("query_config")).GetProperty("shards");
        return [.. shards.EnumerateObject()
            .Where(shard => shard.Value.ValueEquals(group))
            .Select(static shard => int.Parse(shard.Name, CultureInfo.InvariantCulture))];
    }

    /// <summary>The time until another node has answered a write to the shard.</summary>
    internal Task<TimeSpan> ServedAsync(int shard, string without, long since) =>
        FirstAsync(node => IsOkAsync(node, "write", OfShard(shard)), without, since);

    /// <summary>The time until the primary has answered through another node.</summary>
    internal Task<TimeSpan> PrimaryServedAsync(string without, long since) =>
        FirstAsync(node => IsOkAsync(node, "query_config", ""), without, since);

    public void Dispose()
    {
        foreach (GatewayPipe pipe in _pipes.Values)
            pipe.Dispose();
    }

    /// <summary>Sends a new probe every 25 ms without waiting for earlier ones, which may wait for their own timeouts.</summary>
    private async Task<TimeSpan> FirstAsync(Func<string, Task<bool>> ask, string without, long since)
    {
        string[] others = [.. Nodes.Where(node => node != without)];
        TaskCompletionSource<TimeSpan> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using PeriodicTimer timer = new(Interval);
        while (!first.Task.IsCompleted)
        {
            Demand(since, $"what {without} served is served by others");
            _ = AskOneAsync(others[Interlocked.Increment(ref _asked) % others.Length]);
            await timer.WaitForNextTickAsync();
        }

        return await first.Task;

        async Task AskOneAsync(string node)
        {
            if (await ask(node))
                first.TrySetResult(Stopwatch.GetElapsedTime(since));
        }
    }

    private async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        long at = Stopwatch.GetTimestamp();
        using PeriodicTimer timer = new(Interval);
        while (!await condition())
        {
            Demand(at, what);
            await timer.WaitForNextTickAsync();
        }
    }

    private void Demand(long since, string what)
    {
        if (Stopwatch.GetElapsedTime(since) > RecoveryLimit)
        {
            string told = string.Join('\n', _pipes.SelectMany(static pipe => pipe.Value.Told.Select(line => $"{pipe.Key}: {line}")));
            throw new TimeoutException($"expected within {RecoveryLimit}: {what}\n{told}");
        }
    }

    private async Task<JsonElement> AskAsync(string type) =>
        await _pipes[Nodes[0]].AskAsync(Nodes[0], type, "", AskLimit)
            ?? throw new TimeoutException($"{Nodes[0]} has not answered {type} within {AskLimit}");

    private async Task<bool> IsOkAsync(string node, string type, string fields) =>
        await _pipes[node].AskAsync(node, type, fields, AskLimit) is { } body && !body.TryGetProperty("code", out _);

    private static string OfShard(int shard) =>
        string.Create(CultureInfo.InvariantCulture, $",\"key\":\"probe\",\"shard\":{shard},\"value\":0");
}
