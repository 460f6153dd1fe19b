using System.Collections.Immutable;
using OrleansShards.Core.Groups;

namespace OrleansShards.Simulation.Running;

/// <summary>The nodes of a run's cluster, their configuration, and their machines.</summary>
internal sealed class ClusterPlan
{
    private readonly RunOptions _options;

    internal ClusterPlan(RunOptions options)
    {
        _options = options;
        Definition = new ClusterDefinition(
            [.. Names("n", options["masters"]).Select(static name => new MasterName(name))],
            [.. Names("g", options["groups"]).Select(static name => new GroupId(name))],
            (int)options["shards"]);
        Later = [.. Names("later", options["later-groups"]).Select(static name => new GroupId(name))];
        Gateways = [.. Names("gateway", options["gateways"]).Select(NodeAddress.OfClient)];
    }

    internal ClusterDefinition Definition { get; }

    /// <summary>The groups that the cluster is not created with and whose nodes run all the same.</summary>
    internal ImmutableArray<GroupId> Later { get; }

    internal IReadOnlyList<NodeAddress> Gateways { get; }

    /// <summary>Creates and starts the machines, and places the nodes: the masters on different machines.</summary>
    internal void Deploy(World world)
    {
        Fleet fleet = world.Fleet;
        fleet.Create = Create;
        long drift = _options["clock.drift-ppm"];
        long tick = _options["tick-ms"] * 1_000;
        Machine[] servers = [.. Names("m", _options["machines"]).Select(name => fleet.AddMachine(name, drift, tick))];
        int next = 0;
        foreach (MasterName master in Definition.Masters)
            fleet.Place(NodeAddress.Of(master), servers[next++ % servers.Length]);

        foreach (GroupId group in Definition.Groups.Concat(Later))
        {
            Machine home = servers[next++ % servers.Length];
            fleet.Place(NodeAddress.Of(group), home);
            for (int shard = 0; shard < Definition.ShardCount; shard++)
                fleet.Place(NodeAddress.Of(group, new ShardId(shard)), home);
        }

        foreach (NodeAddress gateway in Gateways)
            fleet.Place(gateway, fleet.AddMachine(gateway.Name, drift, tick));

        foreach (Machine machine in fleet.Machines)
            fleet.Start(machine);
    }

    /// <summary>Makes a node as it is when it starts.</summary>
    internal INode Create(NodeAddress address, Incarnation run) => address.Kind switch
    {
        NodeKind.Master => new MasterNode(MasterConfigFor(new MasterName(address.Name)), run),
        NodeKind.Group => new GroupNode(new GroupConfig { Group = new GroupId(address.Name), Masters = Definition.Masters }, run),
        NodeKind.Shard => new ShardNode(ShardConfigFor(address, run)),
        NodeKind.Client => new RouterNode(new RouterOptions
        {
            Name = address.Name,
            Run = run,
            Masters = Definition.Masters,
            Groups = Definition.Groups,
            ShardCount = Definition.ShardCount,
        }),
    };

    // In the proportions of the defaults: 1 s, 7 s and 10 s. The shadow cannot recognize its own pause within a few ticks.
    private MasterConfig MasterConfigFor(MasterName self)
    {
        TimeSpan detect = TimeSpan.FromMilliseconds(_options["detect-ms"]);
        return new MasterConfig
        {
            Self = self,
            Definition = Definition,
            DetectAfter = detect,
            OwnPauseAfter = TimeSpan.FromMilliseconds(Math.Max(500, _options["detect-ms"] / 10)),
            Log = Log() with { HeartbeatInterval = detect / 10, SelfStopAfter = detect * 0.7 },
            MovesAtOnce = (int)_options["move.at-once"],
            MoveGiveUpAfter = Ms("move.give-up-ms"),
            MoveRetryFirst = Ms("move.retry-ms"),
            MoveRetryMost = TimeSpan.FromSeconds(10),
            MoveUndoWindow = Ms("move.undo-ms"),
        };
    }

    private ShardConfig ShardConfigFor(NodeAddress address, Incarnation run) => new()
    {
        Group = new GroupId(address.Name),
        Shard = new ShardId(address.Number),
        Masters = Definition.Masters,
        Run = run,
        Log = Log(),
        MovePauseLimit = Ms("move.pause-ms"),
        MoveReadBytes = (int)_options["move.read-bytes"],
        MoveSealWithinBytes = (int)_options["move.near-bytes"],
        MoveBytesPerSecond = _options["move.rate-bytes"],
        MoveSealRetry = Ms("move.seal-retry-ms"),
        MoveOrderTimeout = Ms("move.silence-ms"),
    };

    private TimeSpan Ms(string option) => TimeSpan.FromMilliseconds(_options[option]);

    private LogOptions Log() => new()
    {
        CheckpointRecords = (int)_options["log.checkpoint-records"],
        ChunkBytes = (int)_options["log.chunk-bytes"],
        DigestRecords = (int)_options["log.digest-records"],
        BatchBytesMax = (int)_options["log.batch-bytes"],
        ReadBytesMax = (int)_options["log.read-bytes"],
    };

    private static IEnumerable<string> Names(string prefix, long count) =>
        Enumerable.Range(1, (int)count).Select(number => $"{prefix}{number}");
}
