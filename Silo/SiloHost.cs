using System.Net;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;
using OrleansShards.Client;
using OrleansShards.CommandLine;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Storage;
using OrleansShards.Silo.Api;
using OrleansShards.Silo.Cli;
using OrleansShards.Silo.Clustering;
using OrleansShards.Silo.Health;
using OrleansShards.Silo.Pages;
using OrleansShards.Silo.Telemetry;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Silo;

/// <summary>Builds, starts and stops a silo with its pages.</summary>
internal static class SiloHost
{
    /// <summary>How long a stop may take behind the drain. <see cref="ProcessStop"/> enforces it.</summary>
    internal static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    // For the switchover (2 s at most), the deactivation of grains, and leaving the table of silos. Then Orleans is told to hurry.
    private static readonly TimeSpan OrderlyLimit = TimeSpan.FromSeconds(15);

    // Then Kestrel aborts the connections that are left: one with half a request would last as long as its client wants.
    private static readonly TimeSpan HttpLimit = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Starts a silo: first HTTP, so that its health can be asked for. Opens the database and the logs before Orleans starts: their
    /// failures are reported plainly.
    /// </summary>
    internal static async Task StartAsync(WebApplication silo, SiloSettings settings, CancellationToken stop)
    {
        await silo.StartAsync(stop);
        if (settings.Database is null)
            await OpenAsync(silo, settings, stop);
        else
            await silo.Services.GetRequiredService<DatabaseWait>().OpenAsync(attempt => OpenAsync(silo, settings, attempt), stop);

        await silo.Services.GetRequiredService<SiloServices>().StartAsync(stop);
    }

    private static async Task OpenAsync(WebApplication silo, SiloSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Database is { } database)
            await MembershipSchema.EnsureAsync(database, cancellationToken);

        await silo.Services.GetRequiredService<ILogStoreSource>().OpenAsync().WaitAsync(cancellationToken);
    }

    /// <summary>Waits until the silo is told to stop. From then on it is not ready.</summary>
    internal static async Task WaitForStopAsync(WebApplication silo)
    {
        TaskCompletionSource stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using (silo.Lifetime.ApplicationStopping.Register(stopping.SetResult))
            await stopping.Task;
    }

    /// <summary>
    /// Drains a silo that was told to stop, and stops it. While it drains it serves: a load balancer that checks every few seconds has time
    /// to stop sending.
    /// </summary>
    internal static async Task StopAsync(WebApplication silo, TimeSpan drain)
    {
        await Task.Delay(drain);
        using (CancellationTokenSource hurry = new(OrderlyLimit))
            await silo.Services.GetRequiredService<SiloServices>().StopAsync(hurry.Token);

        await StopHttpAsync(silo);
    }

    /// <summary>Stops what a silo has before it starts, and when it has stopped.</summary>
    internal static async Task StopHttpAsync(WebApplication silo)
    {
        using CancellationTokenSource abort = new(HttpLimit);
        await silo.StopAsync(abort.Token);
    }

    internal static WebApplication Build(SiloSettings settings, SiloTelemetry telemetry)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        SiloLogs.Apply(settings, builder.Logging);
        builder.WebHost.ConfigureKestrel(server => server.Listen(settings.HttpEndpoint, listen =>
        {
            // The clients' certificates are not asked for: people come with a key.
            if (settings.HttpTls is { } tls)
                listen.UseHttps(https => (https.ServerCertificate, https.ServerCertificateChain) = (tls.Certificate, tls.Authorities));
        }));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<DatabaseWait>();
        // The builder has put the filter before everything else; without names it would let all pass.
        builder.Services.Configure<HostFilteringOptions>(options => options.AllowedHosts = [.. settings.AllowedHosts]);
        builder.Services.AddSiloHealth();
        builder.Services.AddApi();
        builder.Services.AddSystemdReadiness();
        builder.AddSilo(orleans => AddOrleans(settings, orleans));
        WebApplication silo = builder.Build();
        silo.EndRequestsAtStop();
        silo.UseDoors();
        silo.RefuseDashboardWithoutGrains();
        silo.MapApi();
        silo.MapClusterPage();
        silo.MapSiloHealth();
        silo.MapPrometheusScrapingEndpoint(SiloTelemetry.Path, telemetry.Meters, configureBranchedPipeline: null, optionsName: null);
        silo.MapOrleansDashboard("/dashboard").WithMetadata(new NeedsRole(KeyRole.Read, TakesPassword: true));
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
        silo.Services.Replace(ServiceDescriptor.Singleton<IFatalErrorHandler, SiloFailure>());
        if (settings.Tls is { } tls)
            silo.UseTls(tls.ApplyTo);

        // It costs every call a filter, so only where spans are exported.
        if (settings.Otlp is not null)
            silo.AddActivityPropagation();

        AddCluster(settings, silo);
        silo.AddDashboard();
        silo.AddOrleansShards(settings.ApplyTo);
        silo.Services.AddOrleansShardsClientInSilo(client => client.Limits = settings.Limits);
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

    /// <summary>Leaves the signals to <see cref="ProcessStop"/>: the default lifetime takes every one of them for the first.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
