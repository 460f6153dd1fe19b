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
    /// <inheritdoc />
    public Task<IGrainFactory> ConnectAsync(CancellationToken cancellationToken) => Task.FromResult(grains);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>
/// Grains that are reached through an Orleans client of our own, with services of its own: an application may have
/// another one, for another cluster, and its host starts although no silo is up.
/// </summary>
internal sealed class OutsideGrains(IOptions<ShardsClientOptions> options, ILoggerFactory loggers) : IGrainSource
{
    private readonly List<IHostedService> _started = [];
    private ServiceProvider? _services;

    /// <inheritdoc />
    public async Task<IGrainFactory> ConnectAsync(CancellationToken cancellationToken)
    {
        // Dispose of a client that failed half way: each attempt starts from scratch.
        await DisposeAsync().ConfigureAwait(false);
        _services = Build(options.Value);
        foreach (IHostedService service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(cancellationToken).ConfigureAwait(false);
            _started.Add(service);
        }

        return _services.GetRequiredService<IGrainFactory>();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _services, null) is not { } services)
            return;

        foreach (IHostedService service in _started)
            await service.StopAsync(CancellationToken.None).ConfigureAwait(false);

        _started.Clear();
        await services.DisposeAsync().ConfigureAwait(false);
    }

    private ServiceProvider Build(ShardsClientOptions options)
    {
        ServiceCollection services = new();
        services.AddSingleton(loggers);
        services.AddOrleansClient(client => Configure(client, options));
        return services.BuildServiceProvider();
    }

    private static void Configure(IClientBuilder client, ShardsClientOptions options)
    {
        client.Configure<ClusterOptions>(cluster =>
        {
            cluster.ClusterId = options.ClusterId;
            cluster.ServiceId = options.ServiceId;
        });

        // The router retries long before; this only bounds how long Orleans keeps an unanswered call.
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = options.Deadline);
        if (options.Silos.Count > 0)
            client.Services.AddSingleton<IGatewayListProvider>(new SiloList([.. Names(options)]));

        if (options.Tls is { } tls)
            client.UseTls(tls.Load().ApplyTo);

        options.ConfigureOrleans?.Invoke(client);
    }

    private static IEnumerable<SiloName> Names(ShardsClientOptions options)
    {
        foreach (string text in options.Silos)
        {
            if (SiloName.TryParse(text, out SiloName name))
                yield return name;
        }
    }
}
