using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansShards.Core.Groups;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Storage;

namespace OrleansShards.Grains.Nodes;

/// <summary>What the node grains of a silo share.</summary>
internal sealed partial class NodeServices(
    ClusterIdentity identity, ILogStoreSource stores, NotificationHub notices, NodeTicker ticker, IGrainFactory grains,
    ShardsMetrics metrics, StoreWatch storeWatch, SiloContent content, TimeProvider clock, IOptions<OrleansShardsOptions> options,
    ILoggerFactory loggers)
{
    /// <summary>Whether this silo was started for the group.</summary>
    internal bool Carries(GroupId group) => options.Value.Groups.Contains(group.Value);

    internal NotificationHub Notices => notices;
    internal NodeTicker Ticker => ticker;
    internal ShardsMetrics Metrics => metrics;
    internal SiloContent Content => content;
    internal TimeProvider Clock => clock;
    internal ILogger Logger { get; } = loggers.CreateLogger("OrleansShards.Nodes");

    /// <summary>Creates a node and its shell, not started, once the cluster is known and its store is open.</summary>
    /// <exception cref="InvalidOperationException">The cluster has no such node.</exception>
    internal async Task<NodeShell> CreateShellAsync(
        NodeAddress address, Action<Message> publish, Action onFailed, CancellationToken cancellationToken)
    {
        ClusterDefinition definition = await identity.Known.WaitAsync(cancellationToken).ConfigureAwait(false);
        ILogStore store = await stores.OpenAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        NodeFactory nodes = new(definition, options.Value.DetectAfter, options.Value.Moves, options.Value.Limits);
        INode node = nodes.Create(address, Runs.Draw())
            ?? throw new InvalidOperationException($"there is no {address}: the cluster was not started with it");
        return new NodeShell(node, new ShellContext
        {
            Store = new StoreRunner(store, clock, (text, defect) => LogStore(Logger, defect, address, text)),
            Calls = new GrainCalls(grains, definition),
            Notices = notices,
            Metrics = metrics,
            StoreWatch = storeWatch,
            Clock = clock,
            Logger = Logger,
            Publish = publish,
            OnFailed = onFailed,
        });
    }

    [LoggerMessage(LogEvents.StoreDefect, LogLevel.Error, "{Node}: {Trouble}; it is tried again")]
    private static partial void LogStore(ILogger logger, Exception? defect, NodeAddress node, string trouble);
}

/// <summary>
/// Creates the nodes of a cluster, the same on every silo: a group of any name that a group may have. Which groups there are, the masters
/// know: whoever calls one has learned of it from them, and a silo that has just started must serve it also while no master answers.
/// </summary>
internal sealed class NodeFactory(ClusterDefinition definition, TimeSpan detectAfter, MoveLimits moves, DataLimits limits)
{
    private const int CheckpointTurns = 16;

    /// <summary>A new run of a master, a group or a shard; null if the cluster has no such node.</summary>
    internal INode? Create(NodeAddress address, Incarnation run) => address.Kind switch
    {
        NodeKind.Master when definition.Has(new MasterName(address.Name)) =>
            new MasterNode(MasterConfigFor(new MasterName(address.Name)), run),
        NodeKind.Group when definition.MayHave(new GroupId(address.Name)) =>
            new GroupNode(new GroupConfig { Group = new GroupId(address.Name), Masters = definition.Masters }, run),
        NodeKind.Shard when definition.MayHave(new GroupId(address.Name)) && definition.Has(new ShardId(address.Number)) =>
            new ShardNode(ShardConfigFor(address, run)),
        NodeKind.Master or NodeKind.Group or NodeKind.Shard or NodeKind.Client => null,
    };

    // Heartbeat, self-stop and detection keep the proportions of the protocol's 1 s, 7 s and 10 s.
    private MasterConfig MasterConfigFor(MasterName self) => new()
    {
        Self = self,
        Definition = definition,
        DetectAfter = detectAfter,
        MovesAtOnce = moves.AtOnce,
        MoveUndoWindow = moves.UndoWindow,
        Log = new() { HeartbeatInterval = detectAfter / 10, SelfStopAfter = detectAfter * 0.7 },
    };

    private ShardConfig ShardConfigFor(NodeAddress address, Incarnation run) => new()
    {
        Log = LogOfShard(address.Number),
        Group = new GroupId(address.Name),
        Shard = new ShardId(address.Number),
        Masters = definition.Masters,
        Run = run,
        Limits = limits,
        MoveBytesPerSecond = moves.BytesPerSecond,
        MovePauseLimit = moves.PauseLimit,
    };

    // Shards that are written alike, as they are by hash, would otherwise take their checkpoints all at the same time.
    private static LogOptions LogOfShard(int number)
    {
        LogOptions usual = new();
        int earlier = number % CheckpointTurns;
        return usual with
        {
            CheckpointRecords = usual.CheckpointRecords - (usual.CheckpointRecords / (2 * CheckpointTurns) * earlier),
            CheckpointBytes = usual.CheckpointBytes - (usual.CheckpointBytes / (2 * CheckpointTurns) * earlier),
        };
    }
}

/// <summary>The newest change of leadership that this silo knows. Its nodes read it at every tick. Thread-safe.</summary>
internal sealed class NotificationHub
{
    private readonly Lock _gate = new();
    private PrimaryChanged? _newest;
    private long _count;

    /// <summary>Keeps the notice unless a newer one is known. Other kinds of notices concern clients only.</summary>
    internal void Post(Message notice)
    {
        lock (_gate)
        {
            if (notice is PrimaryChanged changed && !(changed.Term <= _newest?.Term))
            {
                _newest = changed;
                Volatile.Write(ref _count, _count + 1);
            }
        }
    }

    /// <summary>The newest notice if it came after <paramref name="seen"/>, which is brought up to date; else null.</summary>
    internal PrimaryChanged? Newest(ref long seen)
    {
        if (Volatile.Read(ref _count) == seen)
            return null;

        lock (_gate)
        {
            seen = _count;
            return _newest;
        }
    }
}
