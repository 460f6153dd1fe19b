using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Security;
using GatewayOptions = OrleansShards.MaelstromGateway.Cli.GatewayOptions;
using IClusterClient = OrleansShards.Client.Routing.IClusterClient;
using SiloListOptions = Orleans.Configuration.GatewayOptions;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// A cluster of silos in other processes: this process is their client. It knows whether a silo is connected; without one nothing is sent,
/// which makes the outcome definite. It tries to reconnect until a silo is back.
/// </summary>
internal sealed class SiloConnection : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    // After how long a silo that was found dead is tried again.
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(1);

    private readonly GatewayOptions _options;
    private readonly GatewayLog _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly IHost _host;
    private readonly string _names;
    private Task _keeping = Task.CompletedTask;
    private string _lastFailure = "";
    private int _connected;
    private bool _wasLost;

    private SiloConnection(GatewayOptions options, GatewayLog log, IPEndPoint[] silos)
    {
        _options = options;
        _log = log;
        _names = NamesOf(options);
        _host = OrleansHost.Build(log, builder => builder.UseOrleansClient(client => Configure(client, silos)));
    }

    private IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Connects, and checks that the cluster is the one in <c>init</c>. See <see cref="ClusterOpener"/>.</summary>
    internal static async Task<IClusterClient> OpenAsync(
        GatewayOptions options, GatewayLog log, ClusterDefinition definition, CancellationToken cancellationToken)
    {
        // Shorter than the limit after which init is answered in any case, so that requests are refused with the reason.
        TimeSpan limit = options.InitLimit / 2;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ending.CancelAfter(limit);
        SiloConnection connection = new(options, log, await ResolveAsync(options, ending.Token).ConfigureAwait(false));
        IAsyncDisposable opened = connection;
        try
        {
            await connection.StartAsync(ending.Token).ConfigureAwait(false);
            await connection.CompareAsync(definition, ending.Token).ConfigureAwait(false);
            GrainClusterClient client = new(connection.Grains, definition, new GrainClusterClientOptions
            {
                Report = log.Error,
                Limits = options.Limits,
                Obstacle = connection.Obstacle,
                End = () => connection.DisposeAsync().AsTask(),
            });
            opened = client;
            await ClusterBootstrap.RunAsync(client, definition, limit).WaitAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Connects to at least one silo.</summary>
    /// <exception cref="TimeoutException">None has answered; the text has the last reason.</exception>
    private async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Orleans' client observes no cancellation until it knows the silos' grains: a silo that says nothing would hold it for ever.
            Task starting = _host.StartAsync(cancellationToken);
            starting.Ignore();
            await starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            string reason = _lastFailure.Length > 0 ? _lastFailure : failure.Message;
            throw new TimeoutException($"no silo of the cluster answers at {_names}: {reason}");
        }

        _keeping = Task.Run(KeepAsync, CancellationToken.None);
    }

    private async Task CompareAsync(ClusterDefinition wanted, CancellationToken cancellationToken)
    {
        ClusterDefinition found;
        try
        {
            found = await Grains.GetGrain<IClusterGrain>(0).Definition().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_names} answers, but does not know yet what cluster it is part of");
        }

        if (!found.Equals(wanted))
            throw new ClusterMismatchException($"the cluster at {_names} was started with {found}; init and --shards say {wanted}");
    }

    /// <summary>Why nothing can be sent now; null if something can.</summary>
    private string? Obstacle() => Volatile.Read(ref _connected) > 0 ? null : $"no silo answers at {_names}";

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

        // The router limits each attempt itself. Orleans' limit must not end a request that may not be repeated.
        Cli.Deadlines deadlines = _options.Deadlines;
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout =
            deadlines.OnKey > deadlines.Other ? deadlines.OnKey : deadlines.Other);
        if (_options.TlsCertificate is { } certificate)
        {
            ClusterTls tls = ClusterTls.Load(certificate, _options.TlsKey, _options.TlsPassword, _options.TlsAuthorities!);
            client.UseTls(tls.ApplyTo);
        }

        client.UseConnectionRetryFilter(RetryAsync);
        client.AddGatewayCountChangedHandler(OnCountChanged);
    }

    private async Task<bool> RetryAsync(Exception failure, CancellationToken cancellationToken)
    {
        _lastFailure = (failure.InnerException ?? failure).Message;
        await Task.Delay(RetryInterval, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private void OnCountChanged(object? sender, GatewayCountChangedEventArgs change)
    {
        int before = Interlocked.Exchange(ref _connected, change.NumberOfConnectedGateways);
        if (_stopping.IsCancellationRequested)
            return;

        if (change.NumberOfConnectedGateways == 0)
        {
            _wasLost = true;
            _log.Warning($"the connection to the silos at {_names} is lost; it is tried again");
        }
        else if (before == 0 && _wasLost)
        {
            _log.Warning($"the connection to the silos at {_names} is back");
        }
    }

    // Orleans connects only when it has something to send, so this sends a query.
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
        catch (Exception failure)
        {
            // After a disposal, too: the loop ends at its next turn, and a failure of the loop would keep the host from being stopped.
            _lastFailure = failure.Message;
        }
    }
}
