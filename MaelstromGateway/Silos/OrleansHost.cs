using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>A minimal host of Orleans in this process, silo or client.</summary>
internal static class OrleansHost
{
    // A signal leaves five seconds for everything.
    private static readonly TimeSpan AloneStopLimit = TimeSpan.FromSeconds(1);

    // How much longer than its limit a host may take, and again to release what it has: a hang must not end the loops that start another.
    private static readonly TimeSpan OverrunLimit = TimeSpan.FromSeconds(10);

    /// <summary>Builds a host; <paramref name="add"/> adds the silo or the client.</summary>
    internal static IHost Build(GatewayLog log, Action<HostApplicationBuilder> add)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Logging.AddProvider(log).SetMinimumLevel(log.SilosLevel);
        add(builder);
        return builder.Build();
    }

    /// <summary>
    /// Stops and disposes of a host. A failure is only logged. An orderly stop may take <paramref name="limit"/>, one second by default;
    /// zero is for a host that cannot stop so.
    /// </summary>
    internal static async Task StopAsync(IHost host, GatewayLog log, TimeSpan? limit = null)
    {
        TimeSpan orderly = limit ?? AloneStopLimit;
        using CancellationTokenSource ending = new(orderly);
        try
        {
            await host.StopAsync(ending.Token).WaitAsync(orderly + OverrunLimit).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The limit has expired.
        }
        catch (Exception fault)
        {
            // With zero the host has not started, or is no longer part of its cluster: its failures are expected.
            if (limit != TimeSpan.Zero)
                log.Warning($"Orleans has not stopped in order: {fault.Message}");
        }

        try
        {
            if (host is IAsyncDisposable disposable)
                await disposable.DisposeAsync().AsTask().WaitAsync(OverrunLimit).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            log.Warning($"Orleans has not released all that it used: {fault.Message}");
        }
    }

    /// <summary>Ignores signals: the default lifetime would stop the silo on SIGTERM, under requests that are not answered yet.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
