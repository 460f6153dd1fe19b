using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
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
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(OrleansShardsOptions), problems);
        }

        builder.Services.AddSingleton(Options.Create(options));
        builder.UseSiloMetadata(new Dictionary<string, string>
        {
            [GroupHomes.GroupsKey] = string.Join(',', options.Groups),
        });
        builder.AddPlacementDirector<MasterPlacement, MasterPlacementDirector>();
        builder.AddPlacementDirector<ShardPlacement, ShardPlacementDirector>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddShardsDiagnostics();
        builder.Services.AddSingleton<ClusterIdentity>();
        builder.Services.AddSingleton<NoticeBoard>();
        builder.Services.AddSingleton<NodeServices>();
        builder.Services.AddSingleton<GroupHomes>();
        builder.Services.AddSingleton<MasterSeats>();
        builder.Services.AddSingleton<ClusterKeeper>();
        builder.Services.AddSingleton<IClusterHealth, ClusterHealth>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(
            static services => services.GetRequiredService<ClusterKeeper>());
        return builder;
    }
}
