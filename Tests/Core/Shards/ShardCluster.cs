using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Shards;

/// <summary>Copies of one shard in the groups g1, g2 and g3, and two masters m1 and m2, in a cluster that the test drives.</summary>
internal sealed class ShardCluster
{
    internal static readonly ShardId Shard = new(3);

    private static readonly string[] Groups = ["g1", "g2", "g3"];

    internal ShardCluster(Func<ShardConfig, ShardConfig>? configure = null)
    {
        Nodes = new TestCluster((address, run) => address.Kind switch
        {
            NodeKind.Master => new FakeMaster(new MasterName(address.Name), Map),
            NodeKind.Shard when Groups.Contains(address.Name) => new ShardNode(Configure(address, run, configure)),
            _ => null,
        });
    }

    internal FakeMaster.Map Map { get; } = new();

    internal TestCluster Nodes { get; }

    internal static NodeAddress At(string group) => NodeAddress.Of(new GroupId(group), Shard);

    internal static LogName LogOf(string group) => LogName.Shard(new GroupId(group), Shard);

    internal ShardNode Node(string group) => (ShardNode)Nodes.Start(At(group)).Node;

    /// <summary>The copies that run, as they are; none is started.</summary>
    internal IEnumerable<ShardNode> Running() => Nodes.Running.Select(static node => node.Node).OfType<ShardNode>();

    internal ShardOwnership Ownership(string group)
    {
        Nodes.Start(At(group));
        Nodes.Run();
        return Node(group).State.Ownership;
    }

    internal Message? Ask(string group, Message request) => Nodes.Ask(At(group), request);

    internal TestCall Send(string group, Message request) => Nodes.Send(At(group), request);

    internal Message? Seed(string group, string data, string? sessions = null) =>
        Ask(group, new SeedShard(JsonText.Parse(data), sessions is null ? default : JsonText.Parse(sessions)));

    internal Message? Prepare(string group, string target) => Ask(group, new PrepareMigration(new GroupId(target)));

    internal Message? Receive(string group, JsonText snapshot, string? source = null) =>
        Ask(group, new ReceiveShard(snapshot, source is null ? null : new GroupId(source)));

    internal Message? Confirm(string group) => Ask(group, new ConfirmReceived());

    internal Message? Abort(string group) => Ask(group, new AbortMigration());

    internal Message? Snapshot(string group) => Ask(group, new GetShardSnapshot());

    internal Message? Read(string group, string key, SessionTag session = default) =>
        Ask(group, Keys.Read(key, session));

    internal Message? Write(string group, string key, string value, SessionTag session = default) =>
        Ask(group, Keys.Write(key, value, session));

    internal bool IsAvailable(string group) =>
        Assert.IsType<ShardAvailability>(Ask(group, new QueryAvailability())).Available;

    /// <summary>Seeds g1 and prepares it for g2; what it handed out.</summary>
    internal JsonText Prepared(string data = """{"x":1,"y":2}""", string? sessions = null)
    {
        Assert.IsType<ShardDone>(Seed("g1", data, sessions));
        return Assert.IsType<ShardSnapshotReply>(Prepare("g1", "g2")).Snapshot;
    }

    /// <summary>As <see cref="Prepared"/>, and installed at g2.</summary>
    internal JsonText Received(string data = """{"x":1,"y":2}""", string? sessions = null)
    {
        JsonText snapshot = Prepared(data, sessions);
        Assert.IsType<ShardDone>(Receive("g2", snapshot, "g1"));
        return snapshot;
    }

    /// <summary>Crashes a group's copy; the next that asks for it starts it again.</summary>
    internal void Crash(string group) => Nodes.Crash(At(group));

    /// <summary>What the groups' copies hold must never contradict each other.</summary>
    internal void AssertOneServes(int atLeast = 0)
    {
        string[] serving = [.. Groups.Where(group => Ownership(group).Phase == TransferPhase.Serving)];
        Assert.True(serving.Length <= 1 && serving.Length >= atLeast, $"served by {string.Join(", ", serving)}");
    }

    private static ShardConfig Configure(
        NodeAddress address, Incarnation run, Func<ShardConfig, ShardConfig>? configure)
    {
        ShardConfig config = new()
        {
            Group = new GroupId(address.Name),
            Shard = Shard,
            Masters = [new MasterName("m1"), new MasterName("m2")],
            Run = run,
            SessionsMax = 64,
            Log = new LogOptions { DigestRecords = 4 },
        };
        return configure?.Invoke(config) ?? config;
    }
}
