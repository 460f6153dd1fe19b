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
    private const string SiloLine = "this gateway's silo";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly Dictionary<(string Node, string About), string> _last = [];
    private readonly HashSet<(string Who, string What)> _told = [];
    private readonly GatewayCluster _cluster;
    private readonly Task _asking;
    private long _startedAt = Stopwatch.GetTimestamp();
    private volatile bool _isOver;

    internal Conversation(GatewayCluster cluster)
    {
        _cluster = cluster;
        _asking = Task.WhenAll(cluster.Nodes.SelectMany(node =>
            cluster.Nodes.Select(of => Task.Run(() => WriteAsync(node, of.Name)))
                .Append(Task.Run(() => AskAsync(node)))
                .Append(Task.Run(() => RepeatAsync(() => ReadLogAsync(node))))));
    }

    /// <summary>Waits until each client has seen something, and counts the time from there.</summary>
    internal async Task CalmAsync()
    {
        int wanted = _cluster.Nodes.Count * (_cluster.Nodes.Count + 1);
        await Condition.HoldsAsync(() => Seen() == wanted, () => $"{wanted} clients that have seen something\n{this}");
        lock (_gate)
            _startedAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Waits until the client of a node that writes to a group's shard is answered so.</summary>
    internal Task AnsweredAsync(string node, string group, string answer) => Condition.HoldsAsync(
        () =>
        {
            lock (_gate)
                return _last[(node, group)].StartsWith(answer, StringComparison.Ordinal);
        },
        () => $"a write through {node} to a shard of {group}: {answer}\n{this}");

    /// <summary>What the client of a node was answered last, when it asked for the primary.</summary>
    internal string PrimaryAsSeenBy(string node)
    {
        lock (_gate)
            return _last[(node, "primary")];
    }

    /// <summary>Asks a node for the changes of term, and tells the newest.</summary>
    internal async Task AsksAsync(GatewayNode node)
    {
        string? told = null;
        await Condition.HoldsAsync(
            async () =>
            {
                JsonElement? reply = await node.AskAsync("cluster_status", "");
                told = reply is { } body && body.TryGetProperty("takeovers", out JsonElement takeovers) && takeovers.GetArrayLength() > 0
                    ? TextOf(takeovers.EnumerateArray().MaxBy(static one => one.GetProperty("term").GetInt64()))
                    : null;
                return told is not null;
            },
            () => $"a change of term\n{this}");
        Tell($"client of {node.Name}", $"cluster_status: {told}");
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
            See(node.Name, group, $"a write to a shard of {group}", AnswerOf(reply, static _ => "ok"));
        });
    }

    private Task AskAsync(GatewayNode node) => RepeatAsync(async () =>
    {
        JsonElement? reply = await node.AskAsync("cluster_status", "");
        See(node.Name, "primary", "the primary", AnswerOf(reply, PrimaryIn));
    });

    private Task ReadLogAsync(GatewayNode node)
    {
        foreach (string line in node.Told().Split('\n').Where(static line => line.Contains(SiloLine, StringComparison.Ordinal)))
        {
            // Behind the reason is the membership table.
            string said = line[line.IndexOf(SiloLine, StringComparison.Ordinal)..].Split(" Reason:")[0];
            TellOnce(node.Name, said);
        }

        return Task.CompletedTask;
    }

    private static string TextOf(JsonElement takeover) =>
        $"term {takeover.GetProperty("term")}, {takeover.GetProperty("reason")}, from {takeover.GetProperty("from")} to "
        + $"{takeover.GetProperty("to")}";

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

    private static async Task<int> ShardOfAsync(GatewayNode node, string group)
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

    private void TellOnce(string who, string what)
    {
        lock (_gate)
        {
            if (_told.Add((who, what)))
                Add(who, what);
        }
    }

    private void Add(string who, string what) => _lines.Add(string.Create(
        CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_startedAt).TotalSeconds,6:0.0} s  {who,-13} {what}"));
}
