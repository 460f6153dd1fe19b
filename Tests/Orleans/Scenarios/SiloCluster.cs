using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansShards.Core.Masters;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Storage;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Orleans.Scenarios;

/// <summary>Silos in this process that talk to each other, and to their clients, over TCP as silos anywhere do.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
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

    /// <summary>The silos that run.</summary>
    internal IEnumerable<IHost> Running => _silos.OfType<IHost>();

    /// <summary>Starts so many silos; what they are founded with they are told later.</summary>
    internal static async Task<SiloCluster> StartAsync(int count, ILogStore store)
    {
        SiloCluster cluster = new(store);
        for (int number = 0; number < count; number++)
        {
            cluster._ports.Add((FreePort(), FreePort()));
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
        await host.StartAsync();
        _silos[number] = host;
    }

    /// <summary>Stops a silo without a word to anybody, as far as that can be done in one process.</summary>
    internal async Task KillSiloAsync(int number)
    {
        using IHost host = _silos[number]!;
        _silos[number] = null;
        try
        {
            await host.StopAsync(new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
            // That is how it says that it had no time.
        }
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

    /// <summary>A port that nobody listens on; the system gives each out once in a while only.</summary>
    internal static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
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
