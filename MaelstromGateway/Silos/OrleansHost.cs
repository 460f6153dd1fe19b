using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>Orleans in this process, silo or client: with nothing around it that it does not need.</summary>
internal static class OrleansHost
{
    // A signal leaves five seconds for everything: what has not stopped in one stops at once.
    private static readonly TimeSpan AloneStopLimit = TimeSpan.FromSeconds(1);

    /// <summary>A host that has not started.</summary>
    /// <param name="log">Where its warnings go.</param>
    /// <param name="add">Adds the silo or the client.</param>
    internal static IHost Build(GatewayLog log, Action<HostApplicationBuilder> add)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Logging.AddProvider(log).SetMinimumLevel(log.SilosLevel);
        add(builder);
        return builder.Build();
    }

    /// <summary>Stops and disposes of a host; what goes wrong in it is reported and no more.</summary>
    /// <param name="host">The host.</param>
    /// <param name="log">Where that is reported.</param>
    /// <param name="limit">How long it may take to stop in order; zero for a host that cannot. One second unless given.</param>
    internal static async Task StopAsync(IHost host, GatewayLog log, TimeSpan? limit = null)
    {
        using CancellationTokenSource ending = new(limit ?? AloneStopLimit);
        try
        {
            await host.StopAsync(ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Ended at once, as the time for more is up.
        }
        catch (Exception) when (limit == TimeSpan.Zero)
        {
            // It has not started, or is no part of its cluster any more: there is nothing to stop in order.
        }
        catch (Exception fault) when (limit != TimeSpan.Zero)
        {
            log.Warning($"Orleans has not stopped in order: {fault.Message}");
        }

        if (host is IAsyncDisposable disposable)
            await disposable.DisposeAsync().ConfigureAwait(false);
    }
}
