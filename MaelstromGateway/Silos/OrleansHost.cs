using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>Orleans in this process, silo or client: with nothing around it that it does not need.</summary>
internal static class OrleansHost
{
    // A signal leaves five seconds for everything: what has not stopped in one stops at once.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    /// <summary>A host that has not started.</summary>
    /// <param name="log">Where its warnings go.</param>
    /// <param name="add">Adds the silo or the client.</param>
    internal static IHost Build(GatewayLog log, Action<HostApplicationBuilder> add)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Logging.AddProvider(new SiloLogging(log));
        builder.Logging.SetMinimumLevel(Microsoft.Extensions.Logging.LogLevel.Warning);
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = StopLimit);
        add(builder);
        return builder.Build();
    }

    /// <summary>Stops and disposes of a host; what goes wrong in it is reported and no more.</summary>
    internal static async Task StopAsync(IHost host, GatewayLog log)
    {
        try
        {
            await host.StopAsync().ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            log.Warning($"Orleans has not stopped in order: {fault.Message}");
        }

        if (host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync().ConfigureAwait(false);
        }
    }
}
