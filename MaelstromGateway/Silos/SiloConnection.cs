using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Security;
using OrleansShards.MaelstromGateway.Io;
using GatewayOptions = OrleansShards.MaelstromGateway.Cli.GatewayOptions;
using SiloListOptions = Orleans.Configuration.GatewayOptions;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// A connection to silos in other processes. Knows whether any of them is connected: without one nothing is sent, and
/// that is certain; and keeps asking until one is there again.
/// </summary>
internal sealed class SiloConnection : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    // How long a silo that was found dead is left alone before it is tried again.
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(1);

    private readonly GatewayOptions _options;
    private readonly GatewayLog _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly IHost _host;
    private Task _keeping = Task.CompletedTask;
    private string _lastFailure = "";
    private int _connected;
    private bool _wasLost;

    private SiloConnection(GatewayOptions options, GatewayLog log, IPEndPoint[] silos)
    {
        _options = options;
        _log = log;
        Names = NamesOf(options);
        _host = OrleansHost.Build(log, builder => builder.UseOrleansClient(client => Configure(client, silos)));
    }

    /// <summary>The silos, as the user named them.</summary>
    internal string Names { get; }

    /// <summary>The cluster's grains.</summary>
    internal IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Connects to one of them at least, however often that has to be tried.</summary>
    /// <param name="options">Where they are, and what they are called.</param>
    /// <param name="log">Where warnings go.</param>
    /// <param name="cancellationToken">Ends the trying.</param>
    /// <exception cref="TimeoutException">None has answered until then; the text has the last reason.</exception>
    internal static async Task<SiloConnection> OpenAsync(
        GatewayOptions options, GatewayLog log, CancellationToken cancellationToken)
    {
        SiloConnection connection = new(options, log, await ResolveAsync(options, cancellationToken).ConfigureAwait(false));
        try
        {
            await connection._host.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            string reason = connection._lastFailure.Length > 0 ? connection._lastFailure : failure.Message;
            throw new TimeoutException($"no silo of the cluster answers at {connection.Names}: {reason}");
        }

        connection._keeping = Task.Run(connection.KeepAsync, CancellationToken.None);
        return connection;
    }

    /// <summary>Why nothing can be sent now; null where something can.</summary>
    internal string? Obstacle() => Volatile.Read(ref _connected) > 0 ? null : $"no silo answers at {Names}";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(false);
        await OrleansHost.StopAsync(_host, _log).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static string NamesOf(GatewayOptions options) =>
        string.Join(", ", options.Silos.Select(static silo => $"{silo.Host}:{silo.Port}"));

    private static async Task<IPEndPoint[]> ResolveAsync(GatewayOptions options, CancellationToken cancellationToken)
    {
        List<IPEndPoint> found = [];
        string reason = "";
        foreach (DnsEndPoint silo in options.Silos)
        {
            try
            {
                IPAddress[] addresses = await Dns.GetHostAddressesAsync(silo.Host, cancellationToken).ConfigureAwait(false);
                found.AddRange(addresses.Take(1).Select(address => new IPEndPoint(address, silo.Port)));
            }
            catch (Exception failure) when (failure is System.Net.Sockets.SocketException or OperationCanceledException)
            {
                reason = $"{silo.Host}: {failure.Message}";
            }
        }

        return found.Count > 0
            ? [.. found]
            : throw new TimeoutException($"no silo can be found at {NamesOf(options)}: {reason}");
    }

    private void Configure(IClientBuilder client, IPEndPoint[] silos)
    {
        client.UseStaticClustering(silos);
        client.Configure<ClusterOptions>(cluster =>
        {
            cluster.ClusterId = _options.ClusterId ?? ClusterNames.ClusterId;
            cluster.ServiceId = _options.ServiceId ?? ClusterNames.ServiceId;
        });
        client.Configure<SiloListOptions>(static list => list.GatewayListRefreshPeriod = RefreshInterval);

        // The router gives each attempt a limit of its own; this one must not end a request that may not be repeated.
        Lanes.Deadlines deadlines = _options.Deadlines;
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout =
            deadlines.OnKey > deadlines.Other ? deadlines.OnKey : deadlines.Other);
        if (_options.TlsCertificate is { } certificate)
        {
            ClusterTls tls = ClusterTls.Load(certificate, _options.TlsKey, _options.TlsPassword, _options.TlsAuthorities!);
            client.UseTls(tls.ApplyTo);
        }

        client.UseConnectionRetryFilter(RetryAsync);
        client.AddGatewayCountChangedHandler(CountChanged);
    }

    private async Task<bool> RetryAsync(Exception failure, CancellationToken cancellationToken)
    {
        _lastFailure = (failure.InnerException ?? failure).Message;
        await Task.Delay(RetryInterval, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private void CountChanged(object? sender, GatewayCountChangedEventArgs change)
    {
        int before = Interlocked.Exchange(ref _connected, change.NumberOfConnectedGateways);
        if (_stopping.IsCancellationRequested)
            return;

        if (change.NumberOfConnectedGateways == 0)
        {
            _wasLost = true;
            _log.Warning($"the connection to the silos at {Names} is lost; it is tried again");
        }
        else if (before == 0 && _wasLost)
        {
            _log.Warning($"the connection to the silos at {Names} is back");
        }
    }

    // Orleans connects when it has something to send, so something has to be.
    private async Task KeepAsync()
    {
        using PeriodicTimer timer = new(RetryInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                if (Obstacle() is not null)
                    await AskAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task AskAsync()
    {
        try
        {
            await Grains.GetGrain<IClusterGrain>(0).Definition().WaitAsync(AskLimit, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (!_stopping.IsCancellationRequested)
        {
            _lastFailure = failure.Message;
        }
    }
}
