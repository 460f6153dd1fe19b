using OrleansShards.Core;
using OrleansShards.Core.Groups;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Masters;

/// <summary>Masters n1 (the first) and n2, groups g1 to g3, eight shards, in a cluster that the test drives.</summary>
internal sealed class MasterCluster
{
    internal static readonly MasterName N1 = new("n1");
    internal static readonly MasterName N2 = new("n2");

    private readonly Func<MasterConfig, MasterConfig>? _configure;
    private readonly HashSet<NodeAddress> _up = [];

    internal MasterCluster(bool single = false, Func<MasterConfig, MasterConfig>? configure = null)
    {
        _configure = configure;
        Definition = MasterStateTests.Cluster;
        if (single)
            Definition = Definition with { Masters = [N1] };

        Nodes = new TestCluster(Create);
    }

    internal ClusterDefinition Definition { get; set; }

    /// <summary>Makes the copies of shards; there are none unless set.</summary>
    internal Func<NodeAddress, INode?>? Copies { get; set; }

    internal TestCluster Nodes { get; }

    /// <summary>The records of the log, decoded in order; verified as any reader would.</summary>
    internal List<LogRecord> Log
    {
        get
        {
            List<LogRecord> records = [];
            LogCursor cursor = LogCursor.Start;
            WriterId? opener = null;
            foreach ((LogIndex index, ReadOnlyMemory<byte> bytes) in Nodes.Store.Records(LogName.Master))
            {
                LogRecord record = RecordCodec.Decode(cursor, opener, new StoredRecord(index, bytes));
                opener = record.Kind == RecordKind.TermStart ? record.Writer : opener;
                cursor = record.After;
                records.Add(record);
            }

            return records;
        }
    }

    /// <summary>Every decision in the log.</summary>
    internal List<MasterEntry> Decisions =>
    [
        .. Log.SelectMany(static record => record.Entries).Select(static entry => MasterEntryCodec.Decode(entry.Span)),
    ];

    internal static NodeAddress At(MasterName master) => NodeAddress.Of(master);

    /// <summary>A cluster whose masters run, n1 leading, and that is founded.</summary>
    internal static MasterCluster Founded(bool single = false, Func<MasterConfig, MasterConfig>? configure = null)
    {
        MasterCluster cluster = new(single, configure);
        cluster.Start(N1);
        cluster.Nodes.Run();
        if (!single)
            cluster.Start(N2);

        cluster.Advance(0.2);
        Assert.Equal(LogRole.Leading, cluster.Node(N1).Role);
        Assert.NotNull(cluster.Node(N1).State.Definition);
        return cluster;
    }

    /// <summary>Starts a master that is down, or finds it running. Nothing else starts one.</summary>
    internal TestNode Start(MasterName master)
    {
        _up.Add(At(master));
        return Nodes.Start(At(master));
    }

    internal void Start(params GroupId[] groups)
    {
        foreach (GroupId group in groups)
        {
            _up.Add(NodeAddress.Of(group));
            Nodes.Start(NodeAddress.Of(group));
        }
    }

    internal void Crash(MasterName master)
    {
        _up.Remove(At(master));
        Nodes.Crash(At(master));
    }

    internal TestNode Run(MasterName master)
    {
        Assert.Contains(At(master), _up);
        return Nodes.Start(At(master));
    }

    internal MasterNode Node(MasterName master) => (MasterNode)Run(master).Node;

    internal void Advance(double seconds) => Nodes.Advance(TimeSpan.FromSeconds(seconds));

    internal Message? Ask(MasterName master, Message request) => Nodes.Ask(At(master), request);

    internal MasterRefusal Refused(MasterName master, Message request, MasterRefusalKind expected)
    {
        MasterRefusal refusal = Assert.IsType<MasterRefusal>(Ask(master, request));
        Assert.Equal(expected, refusal.Kind);
        return refusal;
    }

    internal TestCall Send(MasterName master, Message request) => Nodes.Send(At(master), request);

    internal ShardOwner Locate(MasterName master, int shard, string? prefer = null) => Assert.IsType<ShardOwner>(
        Ask(master, new LocateShard(new ShardId(shard), prefer is null ? null : new GroupId(prefer))));

    /// <summary>Whether a packet is a master's request of a sort to the store.</summary>
    internal static bool IsStore<TRequest>(Packet packet, MasterName master)
        where TRequest : StoreRequest =>
        packet is Packet.Store { Request: TRequest } store && store.Node.Node.Address == At(master);

    /// <summary>Whether a packet is a message of a sort to a master.</summary>
    internal static bool IsCall<TMessage>(Packet packet, MasterName to)
        where TMessage : Message =>
        packet is Packet.Call { Request: TMessage } call && call.To == At(to);

    /// <summary>From now on, what this is true for has that fate.</summary>
    internal void Let(Func<Packet, bool> which, Fate fate) =>
        Nodes.FateOf = packet => which(packet) ? fate : Fate.Deliver;

    /// <summary>From now on everything arrives; what was held stays held.</summary>
    internal void Heal() => Nodes.FateOf = null;

    /// <summary>Lets time pass until a master leads; how long that took.</summary>
    internal TimeSpan UntilLeads(MasterName master, double limitSeconds = 30)
    {
        Instant start = Nodes.Now;
        TimeSpan limit = TimeSpan.FromSeconds(limitSeconds);
        while (Node(master).Role != LogRole.Leading)
        {
            Assert.True(Nodes.Now - start < limit, $"{master} has not led within {limitSeconds} s");
            Advance(0.1);
        }

        return Nodes.Now - start;
    }

    private INode? Create(NodeAddress address, Incarnation run) => address.Kind switch
    {
        NodeKind.Shard => Copies?.Invoke(address),
        _ when !_up.Contains(address) => null,
        NodeKind.Master => new MasterNode(Configure(new MasterName(address.Name)), run),
        NodeKind.Group => new GroupNode(
            new GroupConfig { Group = new GroupId(address.Name), Masters = Definition.Masters }, run),
        _ => null,
    };

    private MasterConfig Configure(MasterName self)
    {
        MasterConfig config = new() { Self = self, Definition = Definition };
        return _configure?.Invoke(config) ?? config;
    }
}
