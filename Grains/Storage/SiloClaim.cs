using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces.Membership;

namespace OrleansShards.Grains.Storage;

/// <summary>Claims a store for a silo's cluster (<see cref="ClusterClaim"/>), before anything else is written to it.</summary>
internal static class SiloClaim
{
    /// <exception cref="LogStoreException">It belongs to another cluster; the text names both.</exception>
    internal static Task TakeAsync(IServiceProvider services, ILogStore store, string description)
    {
        string clusterId = services.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId;
        try
        {
            // A directory's table of silos has the id in every release. It comes first: in a directory from before the claim, another
            // cluster would get the logs, though not the table, and then lock their own cluster out.
            services.GetService<MembershipDirectory>()?.ReadNewest(clusterId);
        }
        catch (InvalidDataException foreign)
        {
            throw new LogStoreException(foreign.Message, foreign);
        }

        string? chosen = services.GetRequiredService<IOptions<OrleansShardsOptions>>().Value.StoreClusterId;
        return ClusterClaim.TakeAsync(store, chosen ?? clusterId, description);
    }
}
