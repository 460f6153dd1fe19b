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
    /// Adds masters, groups and shards to a silo. Their logs live where an <see cref="Storage.ILogStoreSource"/> says,
    /// which is added beside this. Adds silo metadata, too: a silo has it once, so further metadata of an application
    /// comes after this.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Sets the options.</param>
    /// <exception cref="OptionsValidationException">The options make no sense; it says all that is wrong.</exception>
    public static ISiloBuilder AddOrleansShards(this ISiloBuilder builder, Action<OrleansShardsOptions>? configure = null)
    {
        OrleansShardsOptions options = new();
        configure?.Invoke(options);
        string[] problems = [.. options.Problems()];
        if (problems.Length > 0)
            throw new OptionsValidationException(Options.DefaultName, typeof(OrleansShardsOptions), problems);

        builder.Services.AddSingleton(Options.Create(options));
        builder.UseSiloMetadata(new Dictionary<string, string>
        {
            [GroupPlacement.GroupsKey] = string.Join(',', options.Groups),
        });
        builder.AddPlacementDirector<MasterPlacement, MasterPlacementDirector>();
        builder.AddPlacementDirector<ShardPlacement, ShardPlacementDirector>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddShardsDiagnostics();
        builder.Services.AddSingleton<ClusterIdentity>();
        builder.Services.AddSingleton<NotificationHub>();
        builder.Services.AddSingleton<NodeTicker>();
        builder.Services.AddSingleton<NodeServices>();
        builder.Services.AddSingleton<GroupPlacement>();
        builder.Services.AddSingleton<LocalMasters>();
        builder.Services.AddSingleton<ClusterKeeper>();
        builder.Services.AddSingleton<IClusterHealth, ClusterHealth>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(
            static services => services.GetRequiredService<ClusterKeeper>());
        return builder;
    }

    /// <summary>
    /// Serves a dead silo's grains elsewhere after about that long instead of Orleans' own ten seconds. Measured with
    /// kill -9 and one second: 1.2 to 1.6 s until an outside client is served again.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="deathAfter">
    /// How long a silo may leave probes unanswered: more than a garbage collection takes, less than a client waits, and
    /// longer where machines or the network pause for longer.
    /// </param>
    public static ISiloBuilder DetectDeadSilosAfter(this ISiloBuilder builder, TimeSpan deathAfter)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(deathAfter, TimeSpan.Zero);
        builder.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = deathAfter / 2;
            options.NumMissedProbesLimit = 2;

            // One vote: with two or three silos there may be only one left to vote. A silo that is declared dead by
            // mistake is started again, and that costs time but no data: the logs are fenced.
            options.NumVotesForDeathDeclaration = 1;

            // Silos tell each other of changes; the table is for what such a message missed. A minute is the default.
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);

            // Who starts after all silos were killed does not wait for the dead for longer than three of these.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedTableIAmAliveLimit = 3;
        });

        // A caller gives up on a silo that has gone silent after 10 s instead of 30. The nodes' own deadlines are
        // shorter, 4.5 s at most unless configured; this bounds what is kept of their calls.
        builder.Configure<SiloMessagingOptions>(static options => options.ResponseTimeout = TimeSpan.FromSeconds(10));
        return builder;
    }
}
