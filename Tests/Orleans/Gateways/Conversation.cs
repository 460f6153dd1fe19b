using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Gateways;

/// <summary>
/// What clients of each node see, as it changes: one client a node writes to one key of each group, one after the other, and another asks
/// who the primary is. Told in the order in which it was seen, each line with its time.
/// </summary>
internal sealed class Conversation : IAsyncDisposable
{
    private const string Served = "ok";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly Dictionary<(string Node, string About), string> _last = [];
    private readonly GatewayCluster _cluster;
    private readonly Task _asking;
    private long _startedAt = Stopwatch.GetTimestamp();
    private volatile bool _isOver;

    internal Conversation(GatewayCluster cluster)
    {
        _cluster = cluster;
        _asking = Task.WhenAll(cluster.Nodes.SelectMany(node =>
            cluster.Nodes.Select(of => Task.Run(() => WriteAsync(node, of.Name))).Append(Task.Run(() => AskAsync(node)))));
    }

    /// <summary>Waits until each client has seen something, and counts the time from there.</summary>
    internal async Task CalmAsync()
    {
        int wanted = _cluster.Nodes.Count * (_cluster.Nodes.Count + 1);
        await Condition.HoldsAsync(() => Seen() == wanted, () => $"{wanted} clients that have seen something\n{this}");
        lock (_gate)
            _startedAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Waits until no client of a node is served, whatever it asks for.</summary>
    internal Task NotServedAsync(string node) => Condition.HoldsAsync(
        () =>
        {
            lock (_gate)
                return _cluster.Nodes.All(of => _last[(node, of.Name)] != Served);
        },
        () => $"no write through {node} is served\n{this}");

    /// <summary>Who was the primary when a node was asked last.</summary>
    internal string PrimaryOf(string node)
    {
        lock (_gate)
            return _last[(node, "primary")].Split(' ')[0];
    }

    /// <summary>Something that happened.</summary>
    internal void Tell(string who, string what)
    {
        lock (_gate)
            Add(who, what);
    }

    public override string ToString()
    {
        lock (_gate)
            return string.Join('\n', _lines);
    }

    public async ValueTask DisposeAsync()
    {
        _isOver = true;
        await _asking;
    }

    private int Seen()
    {
        lock (_gate)
            return _last.Count;
    }

    private async Task WriteAsync(GatewayNode node, string group)
    {
        int shard = await ShardOfAsync(node, group);
        await RepeatAsync(async () =>
        {
            JsonElement? reply = await node.AskAsync("write", GatewayNode.OfShard(shard) + ",\"value\":1");
            See(node.Name, group, $"a write to a shard of {group}", AnswerOf(reply, static _ => Served));
        });
    }

    private Task AskAsync(GatewayNode node) => RepeatAsync(async () =>
    {
        JsonElement? reply = await node.AskAsync("cluster_status", "");
        See(node.Name, "primary", "the primary", AnswerOf(reply, PrimaryIn));
    });

    private static string PrimaryIn(JsonElement body)
    {
        JsonElement primary = body.GetProperty("masters").EnumerateArray()
            .First(static master => master.GetProperty("role").ValueEquals("primary"));
        return $"{primary.GetProperty("name")} in term {primary.GetProperty("term")}";
    }

    private static string AnswerOf(JsonElement? reply, Func<JsonElement, string> good) =>
        reply is not { } body ? "not answered"
        : GatewayWire.CodeOf(body) is { } code
            ? $"{(code == 11 ? "refused" : "unknown")}, error {code}"
            : good(body);

    private async Task RepeatAsync(Func<Task> ask)
    {
        using PeriodicTimer pace = new(Pace);
        while (!_isOver)
        {
            await ask();
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private async Task<int> ShardOfAsync(GatewayNode node, string group)
    {
        int? shard = null;
        await Condition.HoldsAsync(
            async () =>
            {
                JsonElement? reply = await node.AskAsync("query_config", "");
                shard = reply is { } body && body.TryGetProperty("shards", out JsonElement owners)
                    ? owners.EnumerateObject().Where(owner => owner.Value.ValueEquals(group))
                        .Select(static owner => (int?)int.Parse(owner.Name, CultureInfo.InvariantCulture)).FirstOrDefault()
                    : null;
                return shard is not null;
            },
            () => $"a shard of {group}");
        return shard!.Value;
    }

    private void See(string node, string about, string question, string answer)
    {
        lock (_gate)
        {
            bool isFirst = !_last.TryGetValue((node, about), out string? last);
            _last[(node, about)] = answer;
            if (!isFirst && last != answer)
                Add($"client of {node}", $"{question}: {answer}");
        }
    }

    private void Add(string who, string what) => _lines.Add(string.Create(
        CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_startedAt).TotalSeconds,6:0.0} s  {who,-13} {what}"));
}
