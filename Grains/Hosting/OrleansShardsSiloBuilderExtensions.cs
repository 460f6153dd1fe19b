using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.MembershipService.SiloMetadata;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Nodes;
using OrleansShards.Grains.Placement;

namespace OrleansShards.Grains.Hosting;

/// <summary>Makes a silo part of a cluster.</summary>
public static class OrleansShardsSiloBuilderExtensions
{
    /// <summary>
    /// Adds masters, groups and shards to a silo. Their logs are in the <see cref="Storage.ILogStoreSource"/>, which is added separately
    /// (<see cref="LogStoreSiloBuilderExtensions"/>). Also adds silo metadata: a silo has it once, so an application adds its own after.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Sets the options.</param>
    /// <exception cref="OptionsValidationException">The options are wrong; the text names all errors.</exception>
    public static ISiloBuilder AddOrleansShards(this ISiloBuilder builder, Action<OrleansShardsOptions>? configure = null)
    {
        OrleansShardsOptions options = new();
        configure?.Invoke(options);
        string[] problems = [.. options.Problems()];
        if (problems.Length > 0)
            throw new OptionsValidationException(Options.DefaultName, typeof(OrleansShardsOptions), problems);

        builder.UseSiloMetadata(new Dictionary<string, string> { [GroupPlacement.GroupsKey] = string.Join(',', options.Groups) });
        builder.AddPlacementDirector<MasterPlacement, MasterPlacementDirector>();
        builder.AddPlacementDirector<ShardPlacement, ShardPlacementDirector>();

        // Orleans' distributed directory, where an application adds it, lets nobody be activated in a dead silo's range for 30 s, in case
        // that lives. The logs' fence makes two activations harmless (ADR 14, ADR 22).
        builder.Configure<GrainDirectoryOptions>(static options => options.RangeLeaseDuration = TimeSpan.Zero);

        // A silo keeps what its grains answer to a client that it has lost, in case the client comes back. One that goes through another
        // silo by now gets those answers only after the silo has dropped it, which Orleans does after one to two minutes.
        builder.Configure<SiloMessagingOptions>(static options => options.ClientDropTimeout = TimeSpan.FromSeconds(1));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<StoreWatch>();
        builder.Services.AddShardsDiagnostics()
            .AddSingleton(Options.Create(options))
            .AddSingleton<ClusterIdentity>()
            .AddSingleton<NotificationHub>()
            .AddSingleton<NodeTicker>()
            .AddSingleton<SiloContent>()
            .AddSingleton<LocalShards>()
            .AddSingleton<NodeServices>()
            .AddSingleton<GroupPlacement>()
            .AddSingleton<LocalMasters>()
            .AddSingleton<ClusterKeeper>()
            .AddSingleton<IClusterHealth, ClusterHealth>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static services => services.GetRequiredService<ClusterKeeper>())
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloWatchdog>();
        return builder;
    }

    /// <summary>
    /// Declares a dead silo dead after about <paramref name="deathAfter"/> instead of Orleans' ten seconds, so that its grains are served
    /// elsewhere. Measured with kill -9 and one second: an outside client is served again after 1.2 to 1.6 s.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="deathAfter">
    /// How long a silo may leave probes unanswered: longer than a garbage collection or a pause of machine or network takes, and shorter
    /// than a client waits.
    /// </param>
    public static ISiloBuilder DetectDeadSilosAfter(this ISiloBuilder builder, TimeSpan deathAfter)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(deathAfter, TimeSpan.Zero);
        builder.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = deathAfter / 2;
            options.NumMissedProbesLimit = 2;

            // One vote: of two or three silos only one may be left to vote. A silo that is declared dead by mistake restarts, which
            // costs time but no data: the logs are fenced.
            options.NumVotesForDeathDeclaration = 1;

            // Silos gossip changes; reading the table makes up for lost messages. The default is a minute.
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);

            // A silo that starts after all silos were killed waits for the dead ones for at most three of these.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedTableIAmAliveLimit = 3;

            // No vote is cast against a silo from whose connections something has come within eight times the probes' time-out. Without
            // it a silo on a busy machine would be declared dead after one: Orleans shortens the time-outs where answers come soon. A silo
            // that hangs and sends messages all the same ends itself (SiloWatchdog, ADR 22).
            options.EnableConnectionLivenessCheck = true;
        });

        // A call to a silent silo fails after 10 s instead of 30. The nodes' own deadlines are shorter, 4.5 s by default; this bounds how
        // long Orleans keeps state for their calls.
        builder.Configure<SiloMessagingOptions>(static options => options.ResponseTimeout = TimeSpan.FromSeconds(10));
        return builder;
    }
}
