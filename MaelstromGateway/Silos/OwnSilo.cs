using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using OrleansShards.CommandLine;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using GatewayOptions = OrleansShards.MaelstromGateway.Cli.GatewayOptions;
using IClusterClient = OrleansShards.Client.Routing.IClusterClient;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// A cluster of one silo, in this process. The silo begins to start before <c>init</c>, as its start takes most of the time; the cluster is
/// created at <c>init</c>.
/// </summary>
internal sealed class OwnSilo
{
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(30);

    private readonly GatewayOptions _options;
    private readonly GatewayLog _log;
    private Task<IHost> _starting;

    /// <summary>Begins to start the silo.</summary>
    internal OwnSilo(GatewayOptions options, GatewayLog log)
    {
        _options = options;
        _log = log;
        _starting = Start();
    }

    /// <inheritdoc cref="ClusterOpener"/>
    internal async Task<IClusterClient> OpenAsync(ClusterDefinition definition, string self, CancellationToken cancellationToken)
    {
        if (_starting.IsFaulted)
            _starting = Start();

        IHost host = await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        host.Services.GetRequiredService<ClusterIdentity>().Set(definition);
        GrainClusterClient client = new(
            host.Services.GetRequiredService<IGrainFactory>(),
            definition,
            new GrainClusterClientOptions
            {
                Report = _log.Error,
                Limits = _options.Limits,
                End = () => OrleansHost.StopAsync(host, _log),
            });
        try
        {
            await ClusterBootstrap.RunAsync(client, definition, OpenLimit).WaitAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            // The silo has the identity of a cluster that failed: the next init gets another silo.
            await client.DisposeAsync().ConfigureAwait(false);
            _starting = Start();
            throw;
        }
    }

    private Task<IHost> Start() => Task.Run(StartAsync);

    private async Task<IHost> StartAsync()
    {
        IHost host = OrleansHost.Build(_log, builder => builder.UseOrleans(Configure));
        try
        {
            await host.StartAsync().ConfigureAwait(false);
            return host;
        }
        catch
        {
            await OrleansHost.StopAsync(host, _log, TimeSpan.Zero).ConfigureAwait(false);
            throw;
        }
    }

    private void Configure(ISiloBuilder silo)
    {
        // A unique name, so that no other silo is ever part of the cluster.
        string name = $"gateway-{Environment.ProcessId}-{Guid.NewGuid():N}";
        silo.UseLocalhostClustering(serviceId: name, clusterId: name);

        // It must listen, but nobody connects: its client is in this process, and there are no other silos. So the system chooses the
        // port, and the port that it advertises need not be free.
        silo.Configure<EndpointOptions>(static endpoints =>
        {
            endpoints.SiloListeningEndpoint = new IPEndPoint(IPAddress.Loopback, 0);
            endpoints.GatewayPort = 0;
        });
        silo.AddOrleansShards(shards =>
        {
            // The silo's own name is another one at each start.
            shards.StoreClusterId = ClusterNames.ClusterId;
            shards.Shards = _options.Shards;
            shards.DetectAfter = _options.FailoverAfter;

            // No other silo would serve instead, and what is in memory would be lost.
            shards.HangAfter = TimeSpan.Zero;
            shards.Moves = _options.Moves;
            shards.Limits = _options.Limits;
        });
        if (_options.DataDirectory is { } directory)
            silo.AddSqliteLogStore(directory);
        else
            silo.AddInMemoryLogStore();

        silo.Services.Replace(ServiceDescriptor.Singleton<IFatalErrorHandler>(new LastWords(_log)));
    }

    /// <summary>Ends the gateway with its silo, by one line: Orleans would abort the process with a stack.</summary>
    private sealed class LastWords(GatewayLog log) : IFatalErrorHandler
    {
        public bool IsUnexpected(Exception exception) => true;

        public void OnFatalException(object? sender, string? context, Exception? exception)
        {
            string reason = string.Join(": ", new[] { context, exception?.Message }.Where(static text => !string.IsNullOrEmpty(text)));
            log.Error($"this gateway ends, as its silo does: {reason}");
            ProcessStop.Exit(ExitCodes.Failure);
        }
    }
}
