using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Dashboard;
using OrleansShards.Grains.Storage;
using OrleansShards.Silo.Cli;
using OrleansShards.Silo.Clustering;
using OrleansShards.Silo.Health;
using OrleansShards.Silo.Pages;
using OrleansShards.Silo.Telemetry;

namespace OrleansShards.Silo;

/// <summary>A silo and its pages, put together.</summary>
internal static class SiloHost
{
    // For handing the primary's role over (2 s at most), deactivating grains, and leaving the table of silos.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Starts one. What may fail for reasons of its surroundings is tried before Orleans starts, so that it is told
    /// plainly: the database, and the logs.
    /// </summary>
    internal static async Task<WebApplication> StartAsync(SiloSettings settings)
    {
        if (settings.Database is { } database)
            await MembershipSchema.EnsureAsync(database, CancellationToken.None);

        WebApplication silo = Build(settings);
        try
        {
            await silo.Services.GetRequiredService<ILogStoreSource>().OpenAsync();
            await silo.StartAsync();
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    private static WebApplication Build(SiloSettings settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        SiloLogs.Apply(settings, builder.Logging);
        builder.WebHost.ConfigureKestrel(server => server.Listen(settings.HttpEndpoint));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = settings.Drain + StopLimit);
        builder.Services.AddSingleton(settings);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHostedService<DrainBeforeStop>();
        builder.Services.AddSiloHealth();
        builder.UseOrleans(orleans => SiloSetup.Apply(settings, orleans));
        WebApplication silo = builder.Build();
        silo.MapFrontPage();
        silo.MapSiloHealth();
        silo.MapOrleansDashboard("/dashboard");
        return silo;
    }
}
