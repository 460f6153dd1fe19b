namespace OrleansShards.Core.Nodes;

/// <summary>The kind of node that an address names.</summary>
public enum NodeKind
{
    /// <summary>A master, primary or shadow.</summary>
    Master = 1,

    /// <summary>One group's copy of one shard.</summary>
    Shard = 2,

    /// <summary>A replica group as a whole: it heartbeats to the primary.</summary>
    Group = 3,

    /// <summary>A client's router: it calls, is never called, and receives what is published.</summary>
    Client = 4,
}

/// <summary>
/// The receiver of a call: a master's, group's or client's name, and a shard's number (0 for the other kinds). The host maps it
/// to a process, grain or object.
/// </summary>
public readonly record struct NodeAddress(NodeKind Kind, string Name, int Number)
{
    /// <summary>A master.</summary>
    public static NodeAddress Of(MasterName master) => new(NodeKind.Master, master.Value, 0);

    /// <summary>A group's copy of a shard.</summary>
    public static NodeAddress Of(GroupId group, ShardId shard) => new(NodeKind.Shard, group.Value, shard.Value);

    /// <summary>A replica group.</summary>
    public static NodeAddress Of(GroupId group) => new(NodeKind.Group, group.Value, 0);

    /// <summary>A client's router.</summary>
    public static NodeAddress OfClient(string name) => new(NodeKind.Client, name, 0);

    /// <inheritdoc />
    public override string ToString() => Kind == NodeKind.Shard ? $"shard {Name}/{Number}" : $"{Kind} {Name}";
}

/// <summary>
/// One call of one run of a node, numbered in rising order; the answer carries it back. An answer to a call that is not open,
/// or of an earlier run, is ignored.
/// </summary>
public readonly record struct CallId(Incarnation Caller, ulong Number);
