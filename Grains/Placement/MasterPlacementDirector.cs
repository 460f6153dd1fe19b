using Microsoft.Extensions.DependencyInjection;
using Orleans.Placement;
using Orleans.Runtime.Placement;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Grains.Placement;

/// <summary>
/// Places a master on the silo that has its name. Where none has, the first goes to the oldest silo and the second to the
/// youngest, neither to where the other one is if there is another silo. Where the other one is takes a question, which
/// is given up soon: a master that shares a silo moves later.
/// </summary>
/// <param name="services">The silo's services; what a director needs of them is not there yet when it is made.</param>
internal sealed class MasterPlacementDirector(IServiceProvider services) : IPlacementDirector
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc />
    public async Task<SiloAddress> OnAddActivation(
        PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] silos = [.. context.GetCompatibleSilos(target).Order()];
        var identity = services.GetRequiredService<ClusterIdentity>();
        if (silos.Length == 1 || !identity.Known.IsCompleted)
            return silos[0];

        ClusterDefinition definition = await identity.Known;
        MasterName self = new(target.GrainIdentity.Key.ToString()!);
        var names = services.GetRequiredService<ISiloStatusOracle>();
        // Of two with one name the younger: the other one has died, and has not been declared dead yet.
        if (silos.LastOrDefault(silo => names.TryGetSiloName(silo, out string? name) && name == self.Value) is { } home)
            return home;

        if (definition.OtherThan(self) is { } other && await FindAsync(definition, other) is { } taken)
            silos = [.. silos.Where(silo => !silo.Equals(taken))];

        return self == definition.Masters[0] ? silos[0] : silos[^1];
    }

    private async Task<SiloAddress?> FindAsync(ClusterDefinition definition, MasterName other)
    {
        var grains = services.GetRequiredService<IGrainFactory>();
        IMasterRole master = new GrainCalls(grains, definition).Master(other);
        try
        {
            // Not activated for the question's sake: its own placement would ask for this one.
            bool isActive = await grains.GetGrain<IManagementGrain>(0)
                .GetActivationAddress(master).AsTask().WaitAsync(AskLimit) is not null;

            // That may come from a cache; a call arrives where the master is.
            return isActive ? await master.Silo().WaitAsync(AskLimit) : null;
        }
        catch (Exception failure) when (failure is TimeoutException or OrleansException)
        {
            return null;
        }
    }
}

/// <summary>A master is placed on another silo than the cluster's other master, where there are two.</summary>
[Serializable, GenerateSerializer, Immutable]
internal sealed class MasterPlacement : PlacementStrategy
{
    internal static MasterPlacement Instance { get; } = new();
}

/// <summary>Marks the masters' grains with <see cref="MasterPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class MasterPlacementAttribute() : PlacementAttribute(MasterPlacement.Instance);
