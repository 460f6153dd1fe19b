using System.Text.Json;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Gateways;

/// <summary>Several gateway processes that are one cluster, as Maelstrom starts them.</summary>
internal sealed class GatewayCluster : IDisposable
{
    /// <summary>Long enough for a takeover by Orleans' detection to be seen as latency; below a worker's own patience.</summary>
    private const string KeyDeadlineMs = "2500";

    private readonly string? _data;

    private GatewayCluster(int count, bool withData, FaultyNetwork? network, string[] more)
    {
        _data = withData ? Directory.CreateTempSubdirectory("orleansshards-gateways-").FullName : null;
        string[] names = [.. Enumerable.Range(network is null ? 1 : 0, count).Select(static number => $"n{number}")];
        string[] options =
        [
            "--cluster", $"test-{Guid.NewGuid():N}", "--key-deadline-ms", KeyDeadlineMs,
            .. _data is null ? [] : new[] { "--data", _data },
            .. network is null ? [] : new[] { "--network", "maelstrom" },
            .. more,
        ];
        Nodes = [.. names.Select(name => new GatewayNode(name, names, options, Counts, network))];
        network?.Connect(Nodes);
    }

    internal IReadOnlyList<GatewayNode> Nodes { get; }

    /// <summary>Attempts of workers that went wrong.</summary>
    internal AttemptCounts Counts { get; } = new();

    /// <summary>Starts all nodes at once, and waits until each serves everything.</summary>
    /// <param name="count">How many.</param>
    /// <param name="withData">Whether their state is on disk.</param>
    /// <param name="network">What carries their silos' messages: then they are n0, n1, and so on, as Maelstrom's. Null for sockets.</param>
    /// <param name="more">More options.</param>
    internal static async Task<GatewayCluster> StartAsync(int count, bool withData, FaultyNetwork? network = null, params string[] more)
    {
        GatewayCluster cluster = new(count, withData, network, more);
        try
        {
            await StartAsync(cluster.Nodes);
            await cluster.SettledAsync();
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Starts a process for each of these nodes, all at once.</summary>
    internal static Task StartAsync(IEnumerable<GatewayNode> nodes) =>
        Task.WhenAll(nodes.Select(static node => node.StartAsync()));

    /// <summary>Waits until everything is as it should be.</summary>
    internal Task SettledAsync() => SettledAsync(Nodes);

    /// <summary>
    /// Waits, for <see cref="Condition.Limit"/> at most, until each of these nodes reaches the primary, serves every shard,
    /// and owes nobody an answer.
    /// </summary>
    internal Task SettledAsync(IEnumerable<GatewayNode> nodes)
    {
        string? missing = null;
        return Condition.HoldsAsync(
            async () => (missing = (await Task.WhenAll(nodes.Select(static node => node.MissingAsync())))
                .FirstOrDefault(static one => one is not null)) is null,
            () => $"{string.Join(", ", nodes.Select(static node => node.Name))} serve everything; {missing}\n{Told()}");
    }

    /// <summary>Waits until these nodes are not missed: the others serve everything, theirs as well.</summary>
    internal Task SettledWithoutAsync(IReadOnlyCollection<GatewayNode> gone) =>
        SettledAsync([.. Nodes.Where(node => !gone.Contains(node))]);

    /// <summary>The node that has the primary master's name.</summary>
    internal async Task<GatewayNode> PrimaryAsync()
    {
        string? name = null;
        JsonElement? status = null;
        await Condition.HoldsAsync(
            async () =>
            {
                status = await Nodes[^1].AskAsync("cluster_status", "");
                name = status is { } body && body.TryGetProperty("masters", out JsonElement masters)
                    ? masters.EnumerateArray()
                        .First(static master => master.GetProperty("role").ValueEquals("primary")).GetProperty("name").GetString()
                    : null;
                return name is not null;
            },
            () => $"the primary's name from {Nodes[^1].Name}, last: {status}\n{Told()}");
        return Nodes.Single(node => node.Name == name);
    }

    /// <summary>Closes every input: every process ends with status 0.</summary>
    internal async Task EndAsync()
    {
        int?[] codes = await Task.WhenAll(Nodes.Select(static node => node.Current.EndAsync(Condition.Limit)));
        Assert.True(
            codes.All(static code => code == 0),
            $"expected every gateway to end with 0 within {Condition.Limit}, seen {string.Join(", ", codes)}\n{Told()}");
    }

    /// <summary>What the gateways have logged of late.</summary>
    internal string Told() => string.Join('\n', Nodes.Select(static node => node.Told()));

    public void Dispose()
    {
        foreach (GatewayNode node in Nodes)
            node.Dispose();

        if (_data is not null)
            Directory.Delete(_data, recursive: true);
    }
}
