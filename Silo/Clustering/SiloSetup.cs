using Orleans.Configuration;
using Orleans.Dashboard;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Hosting;
using OrleansShards.Silo.Cli;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Silo.Clustering;

/// <summary>Orleans, set up by the settings.</summary>
internal static class SiloSetup
{
    /// <summary>Sets the silo up.</summary>
    internal static void Apply(SiloSettings settings, ISiloBuilder silo)
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
            options.SiloPort = settings.SiloEndpoint.Port;
            options.GatewayPort = settings.GatewayEndpoint.Port;
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
            silo.UseAdoNetClustering(options =>
            {
                options.Invariant = "Npgsql";
                options.ConnectionString = MembershipSchema.ConnectionString(database);
            });
            silo.AddPostgresLogStore(new PostgresLogStoreOptions
            {
                ConnectionString = database.Connection,
                SchemaName = database.Schema,
            });
        }
        else
        {
            // Alone: the table of silos lives in this process, and goes with it.
            silo.UseDevelopmentClustering(new System.Net.IPEndPoint(settings.Advertised, settings.SiloEndpoint.Port));
            silo.AddSqliteLogStore(settings.DataDirectory!);
        }
    }
}
