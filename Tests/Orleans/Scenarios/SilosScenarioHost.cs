using System.Text.Json;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Storage.Sqlite;
using OrleansShards.Tests.MaelstromGateway.Scenarios;

namespace OrleansShards.Tests.Orleans.Scenarios;

/// <summary>
/// Gateways in this process, in front of one cluster of silos. The silos keep the state, so <c>--data</c> is theirs; and
/// they are started with what the first good <c>init</c> says, as whoever runs a cluster would have done before.
/// </summary>
/// <param name="silos">How many silos.</param>
internal sealed class SilosScenarioHost(int silos) : IScenarioHost, IAsyncDisposable
{
    private SiloCluster? _cluster;
    private int _shards = 16;

    public bool HasProcesses => false;

    internal SiloCluster Cluster => _cluster!;

    public IScenarioGateway Start(IReadOnlyList<string> options)
    {
        List<string> own = [.. options];
        string? directory = Take(own, "--data");
        int shards = own.IndexOf("--shards");
        _shards = shards < 0 ? 16 : int.Parse(own[shards + 1], System.Globalization.CultureInfo.InvariantCulture);
        _cluster ??= SiloCluster.StartAsync(silos, Open(directory)).GetAwaiter().GetResult();
        return new Watched(new InProcessScenarioHost(_cluster.GatewayOptions).Start(own), this);
    }

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static ILogStore Open(string? directory) => directory is null
        ? new InMemoryLogStore()
        : SqliteLogStore.OpenAsync(new SqliteLogStoreOptions { Directory = directory }).GetAwaiter().GetResult();

    private static string? Take(List<string> options, string name)
    {
        int at = options.IndexOf(name);
        if (at < 0)
            return null;

        string value = options[at + 1];
        options.RemoveRange(at, 2);
        return value;
    }

    private void Found(ReadOnlySpan<byte> line)
    {
        if (DefinitionIn(line) is { } definition)
            _cluster!.Found(definition);
    }

    private ClusterDefinition? DefinitionIn(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf("\"init\""u8) < 0)
            return null;

        using JsonDocument message = JsonDocument.Parse(line.TrimStart("\uFEFF"u8).ToArray());
        JsonElement body = message.RootElement.GetProperty("body");
        if (!body.TryGetProperty("node_id", out JsonElement self)
            || !body.TryGetProperty("node_ids", out JsonElement nodes)
            || nodes.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        string[] names = [.. nodes.EnumerateArray().Select(static name => name.GetString()!)];
        bool isGood = names.Distinct().Count() == names.Length
            && names.Contains(self.GetString())
            && names.Contains(message.RootElement.GetProperty("dest").GetString());
        return isGood
            ? new ClusterDefinition(
                [.. names.Take(2).Select(static name => new MasterName(name))],
                [.. names.Select(static name => new GroupId(name))],
                _shards)
            : null;
    }

    /// <summary>A gateway whose input is read along.</summary>
    private sealed class Watched(IScenarioGateway gateway, SilosScenarioHost host) : IScenarioGateway
    {
        public string Errors => gateway.Errors;

        public void Send(byte[] bytes)
        {
            host.Found(bytes);
            gateway.Send(bytes);
        }

        public string? ReadLine(TimeSpan limit) => gateway.ReadLine(limit);

        public int EndInput() => gateway.EndInput();

        public int Terminate() => gateway.Terminate();

        public void Kill() => gateway.Kill();

        public void Dispose() => gateway.Dispose();
    }
}
