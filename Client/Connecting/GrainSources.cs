using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using OrleansShards.Client.Diagnostics;

namespace OrleansShards.Client.Connecting;

internal interface IGrainSource : IAsyncDisposable
{
    /// <summary>Connects. After an exception of any type the caller may try again.</summary>
    Task<IGrainFactory> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Why a silo that was reached in the last attempt to connect was of no use; null if none was reached.</summary>
    string? Refusal { get; }

    /// <summary>Who is asked, for people.</summary>
    string Asked { get; }
}

/// <summary>The grains of the silo that runs in this process.</summary>
internal sealed class SiloGrains(IGrainFactory grains, ShardsClientMetrics metrics) : IGrainSource
{
    public string? Refusal => null;

    public string Asked => "this process";

    public Task<IGrainFactory> ConnectAsync(CancellationToken cancellationToken)
    {
        metrics.Connections = 1;
        return Task.FromResult(grains);
    }

    public ValueTask DisposeAsync()
    {
        metrics.Connections = 0;
        return ValueTask.CompletedTask;
    }
}

/// <summary>
/// Grains that are reached through an Orleans client with its own service provider: the application may have another Orleans
/// client, for another cluster, and its host starts although no silo is up.
/// </summary>
internal sealed class OutsideGrains(
    IOptions<ShardsClientOptions> options, ILoggerFactory loggers, ClusterConnection connection, ShardsClientMetrics metrics) : IGrainSource
{
    /// <summary>The item of a connection whose TLS handshake has succeeded.</summary>
    private static readonly object HasTls = new();

    // What a client is given to say good-bye to silos that may not answer.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly List<IHostedService> _started = [];
    private ServiceProvider? _services;
    private volatile string? _refusal;

    public string? Refusal => _refusal;

    public string Asked => options.Value.Silos.Count > 0 ? string.Join(", ", options.Value.Silos) : "the addresses of ConfigureOrleans";

    public async Task<IGrainFactory> ConnectAsync(CancellationToken cancellationToken)
    {
        // Dispose of a client that failed half way: each attempt starts from scratch.
        await DisposeAsync().ConfigureAwait(false);
        _refusal = null;
        ServiceCollection services = new();
        services.AddSingleton(loggers);
        services.AddOrleansClient(client => Configure(client, options.Value));
        _services = services.BuildServiceProvider();
        foreach (IHostedService service in _services.GetServices<IHostedService>())
        {
            // Stopped also if it has not started: it may wait for a silo that says nothing, and Orleans' client observes no cancellation
            // until it knows the silos' grains.
            _started.Add(service);
            Task starting = service.StartAsync(cancellationToken);
            starting.Ignore();
            await starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return _services.GetRequiredService<IGrainFactory>();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _services, null) is not { } services)
            return;

        using CancellationTokenSource limit = new(StopLimit);
        foreach (IHostedService service in _started)
            await EndAsync(service.StopAsync(limit.Token)).ConfigureAwait(false);

        _started.Clear();
        await EndAsync(services.DisposeAsync().AsTask()).ConfigureAwait(false);
        metrics.Connections = 0;
    }

    // Whether it ends well or not, the client is of no use any more.
    private static async Task EndAsync(Task ending)
    {
        ending.Ignore();
        await ending.WaitAsync(StopLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Configure(IClientBuilder client, ShardsClientOptions options)
    {
        client.Configure<ClusterOptions>(cluster =>
        {
            cluster.ClusterId = options.ClusterId;
            cluster.ServiceId = options.ServiceId;
        });

        // The router retries long before that; this only limits how long Orleans keeps an unanswered call.
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = options.Deadline);
        if (options.Silos.Count > 0)
            client.Services.AddSingleton<IGatewayListProvider>(new SiloList([.. options.Silos.Select(SiloName.Parse).OfType<SiloName>()]));

        // Before TLS, so that it sees the failures of TLS, too.
        Use(client, next => context => WatchAsync(context, next));
        if (options.Tls is { } tls)
        {
            client.UseTls(tls.Load().ApplyTo);
            Use(client, static next => context =>
            {
                context.Items[HasTls] = null;
                return next(context);
            });
        }

        client.AddGatewayCountChangedHandler((_, count) => metrics.Connections = count.NumberOfConnectedGateways);
        options.ConfigureOrleans?.Invoke(client);
    }

    private static void Use(IClientBuilder client, Func<ConnectionDelegate, ConnectionDelegate> step) =>
        client.Configure<ClientConnectionOptions>(connections => connections.ConfigureConnection(builder => builder.Use(step)));

    /// <summary>Orleans only logs why a connection has ended; who waits for the first connection is told so, too.</summary>
    private async Task WatchAsync(ConnectionContext context, ConnectionDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);

            // Orleans' TLS logs its failure, and returns.
            if (options.Value.Tls is not null && !context.Items.ContainsKey(HasTls))
                Refuse(ConnectionRefusal.OfTls(context.RemoteEndPoint));
        }
        catch (Exception failure)
        {
            ShardsClientOptions current = options.Value;
            Refuse(ConnectionRefusal.TextOf(failure, context.RemoteEndPoint, current.ClusterId, current.Tls is not null));
            throw;
        }
    }

    private void Refuse(string why)
    {
        // Without services the client itself has ended the connection.
        if (Volatile.Read(ref _services) is not null)
            connection.Obstacle = _refusal = why;
    }
}

/// <summary>Says for people why a connection to a silo, which did accept it, is of no use.</summary>
internal static class ConnectionRefusal
{
    internal static string TextOf(Exception failure, EndPoint? silo, string clusterId, bool hasTls) => failure switch
    {
        AuthenticationException => $"TLS to the silo at {silo} failed: {Innermost(failure)}; check Tls, and that the silo uses TLS",

        // Orleans 10.4 says: Unexpected cluster id "a", expected "b".
        InvalidOperationException when failure.Message.Contains("cluster id", StringComparison.OrdinalIgnoreCase) =>
            $"the silo at {silo} is of another cluster: {failure.Message}; check ClusterId, which is {clusterId}",

        // A silo of another cluster may also end the connection before its own id has arrived here.
        _ => $"the silo at {silo} has ended the connection ({Innermost(failure)}); check ClusterId, which is {clusterId}, "
            + (hasTls ? "that the silo uses TLS, and that it accepts the certificate of Tls" : "and set Tls if the silo uses TLS"),
    };

    internal static string OfTls(EndPoint? silo) =>
        $"TLS to the silo at {silo} failed; check Tls, and that the silo uses TLS (the log of the client has the reason)";

    private static string Innermost(Exception failure) => failure.GetBaseException().Message;
}
