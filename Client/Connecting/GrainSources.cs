using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace OrleansShards.Client.Connecting;

internal interface IGrainSource : IAsyncDisposable
{
    /// <summary>Connects. After an exception of any type the caller may try again.</summary>
    Task<IGrainFactory> ConnectAsync(CancellationToken cancellationToken);
}

/// <summary>The grains of the silo that runs in this process.</summary>
internal sealed class SiloGrains(IGrainFactory grains) : IGrainSource
{
    public Task<IGrainFactory> ConnectAsync(CancellationToken cancellationToken) => Task.FromResult(grains);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>
/// Grains that are reached through an Orleans client with its own service provider: the application may have another Orleans
/// client, for another cluster, and its host starts although no silo is up.
/// </summary>
internal sealed class OutsideGrains(IOptions<ShardsClientOptions> options, ILoggerFactory loggers) : IGrainSource
{
    private readonly List<IHostedService> _started = [];
    private ServiceProvider? _services;

    public async Task<IGrainFactory> ConnectAsync(CancellationToken cancellationToken)
    {
        // Dispose of a client that failed half way: each attempt starts from scratch.
        await DisposeAsync().ConfigureAwait(false);
        ServiceCollection services = new();
        services.AddSingleton(loggers);
        services.AddOrleansClient(client => Configure(client, options.Value));
        _services = services.BuildServiceProvider();
        foreach (IHostedService service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(cancellationToken).ConfigureAwait(false);
            _started.Add(service);
        }

        return _services.GetRequiredService<IGrainFactory>();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _services, null) is not { } services)
            return;

        foreach (IHostedService service in _started)
            await service.StopAsync(CancellationToken.None).ConfigureAwait(false);

        _started.Clear();
        await services.DisposeAsync().ConfigureAwait(false);
    }

    private static void Configure(IClientBuilder client, ShardsClientOptions options)
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

        if (options.Tls is { } tls)
            client.UseTls(tls.Load().ApplyTo);

        options.ConfigureOrleans?.Invoke(client);
    }
}
