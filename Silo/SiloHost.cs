using System.Net;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Storage;
using OrleansShards.Silo.Cli;
using OrleansShards.Silo.Clustering;
using OrleansShards.Silo.Health;
using OrleansShards.Silo.Pages;
using OrleansShards.Silo.Telemetry;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Silo;

/// <summary>Builds and starts a silo with its pages.</summary>
internal static class SiloHost
{
    // Covers the switchover (2 s at most), the deactivation of grains, and leaving the table of silos.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    /// <summary>Starts a silo. Opens the database and the logs before Orleans starts: their failures are reported plainly.</summary>
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

    /// <summary>
    /// Waits until the silo is told to stop, drains it, and stops it. While it drains it is not ready, but serves: a load balancer that
    /// checks every few seconds has time to stop sending.
    /// </summary>
    internal static async Task WaitForStopAsync(WebApplication silo, TimeSpan drain)
    {
        TaskCompletionSource stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using (silo.Lifetime.ApplicationStopping.Register(stopping.SetResult))
            await stopping.Task;

        await Task.Delay(drain);
        await silo.StopAsync();
    }

    private static WebApplication Build(SiloSettings settings)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        SiloLogs.Apply(settings, builder.Logging);
        builder.WebHost.ConfigureKestrel(server => server.Listen(settings.HttpEndpoint));
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = StopLimit);
        builder.Services.AddSingleton(settings);
        // The builder has put the filter before everything else; without names it would let all pass.
        builder.Services.Configure<HostFilteringOptions>(options => options.AllowedHosts = [.. settings.AllowedHosts]);
        builder.Services.AddSiloHealth();
        builder.UseOrleans(orleans => AddOrleans(settings, orleans));
        WebApplication silo = builder.Build();
        silo.MapFrontPage();
        silo.MapSiloHealth();
        silo.MapOrleansDashboard("/dashboard");
        return silo;
    }

    private static void AddOrleans(SiloSettings settings, ISiloBuilder silo)
    {
        silo.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = settings.ClusterId;
            options.ServiceId = settings.ServiceId;
        });
        silo.Configure<SiloOptions>(options => options.SiloName = settings.Name);
        silo.Configure<EndpointOptions>(options =>
        {
            options.AdvertisedIPAddress = settings.Advertised;
            options.SiloPort = settings.SiloPort;
            options.GatewayPort = settings.GatewayPort;
            options.SiloListeningEndpoint = settings.SiloEndpoint;
            options.GatewayListeningEndpoint = settings.GatewayEndpoint;
        });
        silo.DetectDeadSilosAfter(settings.DeathAfter);
        if (settings.Tls is { } tls)
            silo.UseTls(tls.ApplyTo);

        AddCluster(settings, silo);
        silo.AddDashboard();
        silo.AddOrleansShards(settings.ApplyTo);
    }

    private static void AddCluster(SiloSettings settings, ISiloBuilder silo)
    {
        if (settings.Kind == ClusterKind.Directory)
        {
            silo.UseSharedDirectory(new SharedDirectory(settings.DataDirectory!));
        }
        else if (settings.Database is { } database)
        {
            silo.Services.AddSingleton(_ => MembershipSchema.Sources(database));
            silo.UseAdoNetClustering(static (OptionsBuilder<AdoNetClusteringSiloOptions> clustering) =>
                clustering.Configure<PostgresSources>(static (options, sources) =>
                {
                    options.Invariant = "Npgsql";
                    options.DataSource = sources.Readers;
                }));
            silo.TolerateClocks((services, endpoint) => MembershipSchema.GreatestGeneration(
                services.GetRequiredService<PostgresSources>(), settings.ClusterId, endpoint));
            silo.AddPostgresLogStore(new PostgresLogStoreOptions { ConnectionString = database.Connection, SchemaName = database.Schema });
        }
        else
        {
            // A single silo keeps its membership in memory.
            silo.UseDevelopmentClustering(new IPEndPoint(settings.Advertised, settings.SiloPort));
            silo.AddSqliteLogStore(settings.DataDirectory!);
        }
    }
}
