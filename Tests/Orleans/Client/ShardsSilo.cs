using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using OrleansShards.Client;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.Orleans.Silo;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>A silo that takes clients over TCP, with a cluster in memory, and the hosts of applications for it.</summary>
public sealed class ShardsSilo : IAsyncLifetime
{
    private readonly InMemoryLogStore _store = new();
    private readonly int[] _ports = FreePorts.Take(2);
    private IHost? _host;

    internal DataLimits Limits { get; init; } = new();

    /// <summary>Sets up more of the silo.</summary>
    internal Action<ISiloBuilder> Configure { get; init; } = static _ => { };

    internal string Address => $"localhost:{GatewayPort}";

    internal int GatewayPort => _ports[1];

    internal IServiceProvider Services => _host!.Services;

    /// <summary>The client that lives in the silo.</summary>
    internal IShardsClient InSilo => _host!.Services.GetRequiredService<IShardsClient>();

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await Condition.EndsAsync(_host.StopAsync(), "the silo's end");
            await Condition.EndsAsync(Task.Run(_host.Dispose), "what the silo has released");
        }

        await _store.DisposeAsync();
    }

    internal async Task StartAsync()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(_ports[0], _ports[1], null, ClusterNames.ServiceId, ClusterNames.ClusterId);
            silo.AddInMemoryLogStore(_store);
            silo.AddOrleansShards(options =>
            {
                options.Limits = Limits;
                options.Nodes.Add("n1");
                options.Nodes.Add("n2");
            });
            Configure(silo);
        });
        builder.Services.AddOrleansShardsClientInSilo();
        _host = builder.Build();
        await Condition.EndsAsync(_host.StartAsync(), "the silo's start");
    }

    /// <summary>An application's host, started.</summary>
    internal async Task<IHost> AppAsync(Action<ShardsClientOptions>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddOrleansShardsClient(options =>
        {
            options.Silos.Add(Address);
            options.Deadline = TimeSpan.FromSeconds(30);
            options.ConnectRetryAfter = TimeSpan.FromMilliseconds(50);
            configure?.Invoke(options);
        });
        IHost host = builder.Build();
        await Condition.EndsAsync(host.StartAsync(), "the start of an application");
        return host;
    }
}
