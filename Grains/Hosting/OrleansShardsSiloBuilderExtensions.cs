using Microsoft.Extensions.DependencyInjection;

namespace OrleansShards.Grains.Hosting;

/// <summary>Makes a silo part of a cluster.</summary>
public static class OrleansShardsSiloBuilderExtensions
{
    /// <summary>
    /// Adds masters, groups and shards to a silo. Their logs live where an <see cref="Storage.ILogStoreSource"/> says,
    /// which is added beside this.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">The options; checked when the silo starts.</param>
    public static ISiloBuilder AddOrleansShards(this ISiloBuilder builder, Action<OrleansShardsOptions>? configure = null)
    {
        builder.Services.AddOptions<OrleansShardsOptions>().Configure(options => configure?.Invoke(options));
        builder.Services.AddSingleton<ClusterIdentity>();
        return builder;
    }
}
