using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Json;

namespace OrleansShards.Benchmarks.Compare;

/// <summary>This store: one silo on SQLite, and the client library.</summary>
/// <param name="options">What is measured.</param>
/// <param name="shard">The shard that has all keys; null: each has its own.</param>
/// <param name="siloOptions">Further ones of the silo.</param>
internal sealed class ShardsPeer(PeerOptions options, ShardId? shard = null, params string[] siloOptions) : Peer
{
    internal const string PeerName = "this store";

    private readonly string _http = ServerProcess.FreePortText();
    private readonly JsonText[] _keys = [.. options.KeyNames().Select(static name => JsonText.Parse($"\"{name}\""))];
    private readonly JsonText _value = JsonText.Parse($"\"{new string('v', Math.Max(0, options.ValueBytes - 2))}\"");
    private readonly CallOptions? _call = shard is null ? null : new CallOptions { Shard = shard };
    private ServerProcess? _silo;
    private IHost? _host;
    private IShardsClient? _client;

    internal override string Name => PeerName;

    internal override string Durability => "SQLite, WAL, synchronous=FULL: the log's file is flushed at every commit";

    internal override string Client => "OrleansShards.Client";

    internal override string? Missing => null;

    internal IShardsAdmin Admin => _host!.Services.GetRequiredService<IShardsAdmin>();

    internal override async Task StartAsync(CancellationToken cancellationToken)
    {
        string gateway = ServerProcess.FreePortText();
        _silo = new ServerProcess(
            options.Script,
            data =>
            [
                "silo", "--data", data, "--shards", options.Shards.ToString(CultureInfo.InvariantCulture), "--silo-port",
                ServerProcess.FreePortText(), "--gateway-port", gateway, "--http-port", _http, "--log-level", "warning", .. siloOptions,
            ],
            "fsync,fdatasync",
            options.StoreDelay);
        await _silo.WaitUntilReadyAsync(() => PageAsync("/health/ready"), cancellationToken);
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddOrleansShardsClient(client => client.Silos.Add($"{IPAddress.Loopback}:{gateway}"));
        _host = builder.Build();
        await _host.StartAsync(cancellationToken);
        _client = _host.Services.GetRequiredService<IShardsClient>();
        await _client.ConnectedAsync(cancellationToken);
    }

    internal override async Task WriteAsync(int key)
    {
        KeyResult result = await _client!.PutAsync(_keys[key], _value, _call);
        if (result is not KeyResult.Applied)
            throw new InvalidOperationException($"a write ended with {result}");
    }

    internal override async Task ReadAsync(int key)
    {
        KeyResult result = await _client!.GetAsync(_keys[key], _call);
        if (result is not KeyResult.Found)
            throw new InvalidOperationException($"a read ended with {result}");
    }

    /// <summary>The bytes that the silo's process has in memory, and those that its collector has found used or free in its heap.</summary>
    internal async Task<(double Resident, double Heap)> MemoryAsync()
    {
        using Process silo = Process.GetProcessById(_silo!.Id);
        return (silo.WorkingSet64, await MetricAsync("dotnet_gc_last_collection_heap_size_bytes"));
    }

    /// <summary>The sum of the silo's metrics that begin so.</summary>
    internal async Task<double> MetricAsync(string prefix) => (await PageAsync("/metrics")).Split('\n')
        .Where(line => line.StartsWith(prefix, StringComparison.Ordinal))
        .Sum(static line => double.Parse(
            line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));

    private async Task<string> PageAsync(string path)
    {
        using HttpClient http = new();
        return await http.GetStringAsync(new Uri($"http://127.0.0.1:{_http}{path}"));
    }

    public override async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.StopAsync();

        _host?.Dispose();
        _silo?.Dispose();
    }
}
