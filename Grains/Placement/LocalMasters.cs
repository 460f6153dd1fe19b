using System.Collections.Concurrent;

namespace OrleansShards.Grains.Placement;

/// <summary>The masters that are active in this silo. Thread-safe.</summary>
/// <param name="local">The silo.</param>
internal sealed class LocalMasters(ILocalSiloDetails local)
{
    private readonly ConcurrentDictionary<MasterName, Entry> _masters = new();

    /// <summary>The silo.</summary>
    internal SiloAddress Silo => local.SiloAddress;

    /// <summary>Whether the silo has this master's name, so that it belongs here.</summary>
    internal bool IsHome(MasterName master) => local.Name == master.Value;

    /// <summary>All of them.</summary>
    internal IReadOnlyList<Entry> All => [.. _masters.Values];

    /// <summary>How many they are.</summary>
    internal int Count => _masters.Count;

    /// <summary>The primary, if it is one of them.</summary>
    internal MasterName? Primary => _masters.Values.FirstOrDefault(static master => master.Leads)?.Name;

    /// <summary>A master that could go elsewhere, if this silo has both: one that does not belong here, and does not lead.</summary>
    internal Entry? Surplus => _masters.Count < 2
        ? null
        : _masters.Values.OrderBy(static master => master.Name.Value, StringComparer.Ordinal)
            .LastOrDefault(master => !master.Leads && !IsHome(master.Name));

    /// <summary>A master is active here.</summary>
    /// <param name="node">The master's node.</param>
    /// <param name="leave">Ends its activation soon; thread-safe.</param>
    /// <param name="move">
    /// Has it placed anew and moves it there; thread-safe. To end it would not do: a call that is on its way to where it was
    /// makes a new activation there, and calls are always on their way.
    /// </param>
    internal void Take(MasterNode node, Action leave, Action? move = null)
    {
        MasterName name = new(node.Address.Name);
        _masters[name] = new Entry(name, node, leave, move ?? leave);
    }

    /// <summary>A master is not active here any more.</summary>
    internal void Leave(MasterNode node)
    {
        foreach (KeyValuePair<MasterName, Entry> master in _masters.Where(master => ReferenceEquals(master.Value.Node, node)))
            _masters.TryRemove(master);
    }

    /// <summary>One master's place.</summary>
    internal sealed record Entry(MasterName Name, MasterNode Node, Action Leave, Action Move)
    {
        /// <summary>Whether it leads its log. Read beside the node's own turns: a moment's answer.</summary>
        internal bool Leads => Node.Role == LogRole.Leading;
    }
}
