using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Placement;
using Orleans.Runtime.Placement;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Grains.Placement;

/// <summary>A master is placed on another silo than the cluster's other master, if there is one.</summary>
[Serializable, GenerateSerializer, Immutable]
internal sealed class MasterPlacement : PlacementStrategy
{
    /// <summary>The silo with the master's name, or null. Of two it is the younger: the other has died, undetected so far.</summary>
    internal static SiloAddress? NamedSilo(ISiloStatusOracle names, IEnumerable<SiloAddress> silos, MasterName master) =>
        silos.Order().LastOrDefault(silo => names.TryGetSiloName(silo, out string? name) && name == master.Value);
}

[AttributeUsage(AttributeTargets.Class)]
internal sealed class MasterPlacementAttribute() : PlacementAttribute(new MasterPlacement());

/// <summary>
/// Places a master on the silo that has its name. If there is none, the first master goes to the oldest silo and the second to the
/// youngest, and neither to the other's silo if there is another one. Finding the other master takes a call with a short limit: if it
/// fails and both masters share a silo, one moves later. The services that the director needs do not exist yet when it is created.
/// </summary>
internal sealed class MasterPlacementDirector(IServiceProvider services) : IPlacementDirector
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromMilliseconds(500);

    public async Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] silos = [.. context.GetCompatibleSilos(target).Order()];
        var identity = services.GetRequiredService<ClusterIdentity>();
        if (silos.Length == 1 || !identity.Known.IsCompleted)
            return silos[0];

        ClusterDefinition definition = await identity.Known;
        MasterName self = new(target.GrainIdentity.Key.ToString()!);
        if (MasterPlacement.NamedSilo(services.GetRequiredService<ISiloStatusOracle>(), silos, self) is { } home)
            return home;

        if (definition.OtherThan(self) is { } other && await FindAsync(definition, other) is { } taken)
            silos = [.. silos.Where(silo => !silo.Equals(taken))];

        return self == definition.Masters[0] ? silos[0] : silos[^1];
    }

    private async Task<SiloAddress?> FindAsync(ClusterDefinition definition, MasterName other)
    {
        // A master that migrates away from the other one is placed by their silo, which need not ask.
        var local = services.GetRequiredService<LocalMasters>();
        if (local.All.Any(master => master.Name == other))
            return local.Silo;

        var grains = services.GetRequiredService<IGrainFactory>();
        IMasterRole master = new GrainCalls(grains, definition).Master(other);
        try
        {
            // A plain call would activate the other master, and its placement would ask for this one.
            bool isActive = await grains.GetGrain<IManagementGrain>(0)
                .GetActivationAddress(master).AsTask().WaitAsync(AskLimit) is not null;

            // That address may come from a cache. A call arrives where the master is.
            return isActive ? await master.Silo().WaitAsync(AskLimit) : null;
        }
        catch (Exception failure) when (failure is TimeoutException or OrleansException)
        {
            return null;
        }
    }
}

/// <summary>The masters that are active in this silo. Thread-safe.</summary>
internal sealed class LocalMasters(ILocalSiloDetails local)
{
    private readonly ConcurrentDictionary<MasterName, Entry> _masters = new();

    internal SiloAddress Silo => local.SiloAddress;

    /// <summary>Whether this silo has the master's name, so that the master belongs here.</summary>
    internal bool IsHome(MasterName master) => local.Name == master.Value;

    internal IReadOnlyList<Entry> All => [.. _masters.Values];

    /// <summary>
    /// The cluster's groups, as the masters in this silo have decided or read; empty where none is here, or none has read its log yet. Read
    /// outside the nodes' turns, so they may be out of date at once.
    /// </summary>
    internal ImmutableArray<GroupId> Groups =>
        [.. _masters.Values.Select(static master => master.Node.State).OrderByDescending(static state => state.MapEpoch)
            .SelectMany(static state => state.Groups).Distinct()];

    /// <summary>The primary, if it is in this silo.</summary>
    internal MasterName? Primary => _masters.Values.FirstOrDefault(static master => master.Leads)?.Name;

    /// <summary>If this silo has both masters, one that may move: it does not belong here and does not lead.</summary>
    internal Entry? Surplus => _masters.Count < 2
        ? null
        : _masters.Values.OrderBy(static master => master.Name.Value, StringComparer.Ordinal)
            .LastOrDefault(master => !master.Leads && !IsHome(master.Name));

    /// <summary>
    /// Adds a master that is active here. Both actions are thread-safe. <paramref name="migrate"/> places it again and moves it there;
    /// deactivating it would not do: there is always a call on its way here, and that would activate it here again.
    /// </summary>
    internal void Add(MasterNode node, Action deactivate, Action? migrate = null)
    {
        MasterName name = new(node.Address.Name);
        _masters[name] = new Entry(name, node, deactivate, migrate ?? deactivate);
    }

    internal void Remove(MasterNode node)
    {
        foreach (KeyValuePair<MasterName, Entry> master in _masters.Where(master => ReferenceEquals(master.Value.Node, node)))
            _masters.TryRemove(master);
    }

    internal sealed record Entry(MasterName Name, MasterNode Node, Action Deactivate, Action Migrate)
    {
        /// <summary>Whether it leads its log. Read outside the node's turns, so it may be out of date at once.</summary>
        internal bool Leads => Node.Role == LogRole.Leading;
    }
}
