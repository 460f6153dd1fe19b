using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansShards.Core.Masters;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Storage;
using OrleansShards.Storage;
using OrleansShards.Tests.Orleans.Silo;

namespace OrleansShards.Tests.Orleans.Scenarios;

/// <summary>Silos in this process that talk to each other, and to their clients, over TCP as silos anywhere do.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly List<IHost?> _silos = [];
    private readonly List<(int Silo, int Gateway)> _ports = [];
    private readonly ILogStore _store;
    private readonly string _name = $"test-{Guid.NewGuid():N}";

    private SiloCluster(ILogStore store) => _store = store;

    /// <summary>The command line of a gateway that is their client.</summary>
    internal IReadOnlyList<string> GatewayOptions =>
    [
        "--silo", string.Join(',', _ports.Select(static ports => $"127.0.0.1:{ports.Gateway}")),
        "--cluster-id", _name, "--service-id", _name,
    ];

    /// <summary>Where the first silo takes clients.</summary>
    internal int GatewayPort => _ports[0].Gateway;

    /// <summary>The silos that run.</summary>
    internal IEnumerable<IHost> Running => _silos.OfType<IHost>();

    /// <summary>Starts so many silos; what they are founded with they are told later.</summary>
    internal static async Task<SiloCluster> StartAsync(int count, ILogStore store)
    {
        SiloCluster cluster = new(store);
        for (int number = 0; number < count; number++)
        {
            int[] ports = FreePorts.Take(2);
            cluster._ports.Add((ports[0], ports[1]));
            cluster._silos.Add(null);
        }

        for (int number = 0; number < count; number++)
            await cluster.StartSiloAsync(number);

        return cluster;
    }

    /// <summary>Tells all silos what their cluster is.</summary>
    internal void Found(ClusterDefinition definition)
    {
        foreach (IHost silo in Running)
            silo.Services.GetRequiredService<ClusterIdentity>().Set(definition);
    }

    /// <summary>Starts a silo that does not run, where it was.</summary>
    internal async Task StartSiloAsync(int number)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleans(silo => Configure(silo, number));
        IHost host = builder.Build();
        await host.StartAsync().WaitAsync(StartLimit);
        _silos[number] = host;
    }

    /// <summary>Stops a silo without a word to anybody, as far as that can be done in one process.</summary>
    internal async Task KillSiloAsync(int number)
    {
        IHost host = _silos[number]!;
        _silos[number] = null;
        try
        {
            await host.StopAsync(new CancellationToken(canceled: true)).WaitAsync(StopLimit);
        }
        catch (OperationCanceledException)
        {
            // That is how it says that it had no time.
        }

        // It waits for what is left of the silo, and blocks its thread.
        await Task.Run(host.Dispose).WaitAsync(StopLimit);
    }

    public async ValueTask DisposeAsync()
    {
        for (int number = _silos.Count - 1; number >= 0; number--)
        {
            if (_silos[number] is not null)
                await KillSiloAsync(number);
        }

        await _store.DisposeAsync();
    }

    private void Configure(ISiloBuilder silo, int number)
    {
        (int port, int gateway) = _ports[number];
        silo.UseLocalhostClustering(port, gateway, new IPEndPoint(IPAddress.Loopback, _ports[0].Silo), _name, _name);
        silo.Configure<SiloOptions>(options => options.SiloName = string.Create(CultureInfo.InvariantCulture, $"s{number}"));
        silo.AddOrleansShards(shards => shards.Shards = 16);
        silo.Services.AddSingleton<ILogStoreSource>(new SharedStore(_store));
    }
}
