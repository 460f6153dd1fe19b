using Orleans.Configuration;
using Orleans.Dashboard;
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
        silo.Configure<ClusterMembershipOptions>(options => Detect(options, settings.DeathAfter));
        silo.Configure<SiloMessagingOptions>(AnswerSoon);
        if (settings.Tls is { } tls)
        {
            silo.UseTls(tls.ApplyTo);
        }

        AddCluster(settings, silo);
        silo.AddDashboard();
        silo.AddOrleansShards(settings.ApplyTo);
    }

    /// <summary>
    /// A dead silo's grains are served elsewhere after one to two seconds instead of twelve. Measured with kill -9: 1.2
    /// to 1.6 s until an outside client is served again.
    /// </summary>
    private static void Detect(ClusterMembershipOptions options, TimeSpan deathAfter)
    {
        // Two probes in a row, half a second each unless configured: more than a garbage collection takes, less than a
        // client waits. Longer where machines or the network pause for longer: a silo that is declared dead has to start
        // anew, and with it goes all that it had in memory.
        options.ProbeTimeout = deathAfter / 2;
        options.NumMissedProbesLimit = 2;

        // One vote: with two or three silos there may be only one left to vote. A silo that is declared dead by mistake
        // ends and is started again, and that costs time but no data: the logs are fenced.
        options.NumVotesForDeathDeclaration = 1;

        // Silos tell each other of changes; the table is for what such a message missed. A minute is the default.
        options.TableRefreshTimeout = TimeSpan.FromSeconds(5);

        // Who starts after all silos were killed does not wait for the dead for longer than three of these.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
        options.NumMissedTableIAmAliveLimit = 3;
    }

    /// <summary>
    /// A caller gives up on a silo that has gone silent after 10 s instead of 30. The nodes' own deadlines are shorter,
    /// 4.5 s at most unless configured; this bounds what is kept of their calls.
    /// </summary>
    private static void AnswerSoon(SiloMessagingOptions options) => options.ResponseTimeout = TimeSpan.FromSeconds(10);

    private static void AddCluster(SiloSettings settings, ISiloBuilder silo)
    {
        if (settings.Database is { } database)
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
