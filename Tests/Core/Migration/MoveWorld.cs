using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>
/// A whole cluster on virtual time: masters n1 and n2, groups g1 to g3 with their copies of four shards, and a client
/// that writes the numbers 1, 2, 3 … to one key in one session, each until it is answered.
/// </summary>
internal sealed class MoveWorld
{
    internal static readonly ShardId Shard = new(3);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly HashSet<NodeAddress> _down = [];
    private TestCall? _write;
    private string _writesAt = "g1";
    private int _waited;

    internal MoveWorld(Func<ShardConfig, ShardConfig>? configure = null)
    {
        Nodes = new TestCluster((address, run) => _down.Contains(address) ? null : Create(address, run, configure));
        Nodes.Start(NodeAddress.Of(Definition.Masters[0]));
        Nodes.Run();
        Nodes.Start(NodeAddress.Of(Definition.Masters[1]));
        Nodes.Advance(Tick);
        Assert.IsType<ClusterCreated>(Nodes.Ask(NodeAddress.Of(Definition.Masters[0]), new CreateCluster(Definition)));
        Assert.IsType<ShardOwner>(AskPrimary(new LocateShard(Shard, new GroupId("g1"))));
        Assert.Equal(Keys.Done(), Ask("g1", Keys.Write("\"x\"", "1")));
        for (int key = 0; key < 30; key++)
            Assert.Equal(Keys.Done(), Ask("g1", Keys.Write($"\"k{key}\"", $"{key}", Keys.Client($"c{key}", 1))));
    }

    internal static ClusterDefinition Definition { get; } =
        new([new("n1"), new("n2")], [new("g1"), new("g2"), new("g3")], 4);

    internal TestCluster Nodes { get; }

    /// <summary>The number whose write was acknowledged last.</summary>
    internal int Acknowledged { get; private set; }

    internal static NodeAddress At(string group) => NodeAddress.Of(new GroupId(group), Shard);

    internal static NodeAddress Master(string name) => NodeAddress.Of(new MasterName(name));

    internal ShardNode Node(string group) => (ShardNode)Nodes.Start(At(group)).Node;

    internal Message? Ask(string group, Message request)
    {
        TestCall call = Nodes.Send(At(group), request);
        for (int tick = 0; tick < 20 && call.Reply is null; tick++)
        {
            Nodes.Run();
            if (call.Reply is null)
                Nodes.Advance(Tick);
        }

        return call.Reply;
    }

    /// <summary>Asks whoever leads; waits for half a minute, for that may take a takeover.</summary>
    internal Message AskPrimary(Message request)
    {
        Message? reply = null;
        for (int tick = 0; tick < 300; tick++)
        {
            foreach (MasterName master in Definition.Masters.Where(master => !_down.Contains(NodeAddress.Of(master))))
            {
                TestCall call = Nodes.Send(NodeAddress.Of(master), request);
                Nodes.Run();
                Nodes.Advance(Tick);
                reply = call.Reply ?? reply;
                if (call.Reply is { } answer and not (NotPrimary or MasterUnknown)
                    and not MasterRefusal { Kind: MasterRefusalKind.Unavailable })
                {
                    return answer;
                }
            }
        }

        throw new InvalidOperationException($"no primary answers {request}; last: {reply}");
    }

    internal MoveStatus Status() => Assert.IsType<MoveStatus>(AskPrimary(new QueryMove(Shard)));

    /// <summary>Crashes a node; <paramref name="stays"/> says whether it stays down, else whoever calls it starts it.</summary>
    internal void Crash(NodeAddress address, bool stays = false)
    {
        Nodes.Crash(address);
        if (stays)
            _down.Add(address);
    }

    /// <summary>It may start again.</summary>
    internal void Repair(NodeAddress address)
    {
        if (_down.Remove(address))
            Nodes.Start(address);
    }

    /// <summary>Lets a tenth of a second pass, in which the client goes on.</summary>
    internal void Pass()
    {
        foreach (MasterName master in Definition.Masters.Where(master => !_down.Contains(NodeAddress.Of(master))))
            Nodes.Start(NodeAddress.Of(master));

        Write();
        Nodes.Advance(Tick);
    }

    /// <summary>Until the newest move has come to its end, both copies included.</summary>
    internal MoveStatus UntilDone(int secondsMax = 90)
    {
        for (int tick = 0; tick < secondsMax * 10; tick++)
        {
            Pass();
            if (tick % 10 == 9 && Status() is { IsDone: true } status)
                return status;
        }

        throw new InvalidOperationException($"not done: {Status()}; {string.Join("; ", Nodes.Alarms)}");
    }

    /// <summary>One group serves, with all there ever was, and nobody else has any of it.</summary>
    internal void AssertServedBy(string group)
    {
        for (int tick = 0; tick < 50; tick++)
            Pass();

        Assert.Empty(Nodes.Alarms);
        foreach (GroupId other in Definition.Groups.Where(other => other.Value != group))
        {
            ShardState state = Node(other.Value).State;
            Nodes.Run();
            Assert.True(state.Ownership.Phase is TransferPhase.Released or TransferPhase.None, $"{other}: {state.Ownership}");
            Assert.Equal((0, 0), (state.Keys, state.ClientSessions));
            Assert.Null(state.Staging);
        }

        Assert.Equal(TransferPhase.Serving, Node(group).State.Ownership.Phase);
        int before = Acknowledged;
        for (int tick = 0; tick < 20; tick++)
            Pass();

        Assert.True(Acknowledged > before, "the client gets no answers");
        Assert.Equal(Keys.Done("1"), Ask(group, Keys.Read("\"x\"")));
        for (int key = 0; key < 30; key++)
        {
            Assert.Equal(Keys.Done($"{key}"), Ask(group, Keys.Read($"\"k{key}\"")));

            // Carried out long ago: what is written here now must not be.
            Assert.Equal(Keys.Done(), Ask(group, Keys.Write($"\"k{key}\"", "-1", Keys.Client($"c{key}", 1))));
            Assert.Equal(Keys.Done($"{key}"), Ask(group, Keys.Read($"\"k{key}\"")));
        }

        KeyReply number = Assert.IsType<KeyReply>(Ask(group, Keys.Read("\"n\"")));
        Assert.True(
            number == Keys.Done($"{Acknowledged}") || number == Keys.Done($"{Acknowledged + 1}"),
            $"{Acknowledged} was acknowledged last, the key has {number}");
    }

    // One write a tick; one that is refused or not answered for a second is tried again, where the refusal points to.
    private void Write()
    {
        if (_write?.Reply is KeyReply reply)
        {
            Assert.Equal(Keys.Done(), reply);
            Acknowledged++;
            _write = null;
        }
        else if (_write?.Reply is ShardRefusal refusal)
        {
            _writesAt = refusal.Owner?.Value ?? _writesAt;
            _write = null;
        }
        else if (_write is not null && (_write.Reply is not null || ++_waited > 10))
        {
            _write = null;
        }

        if (_write is null)
        {
            _waited = 0;
            int next = Acknowledged + 1;
            _write = Nodes.Send(At(_writesAt), Keys.Write("\"n\"", $"{next}", Keys.Client("counter", next)));
        }
    }

    private static INode? Create(NodeAddress address, Incarnation run, Func<ShardConfig, ShardConfig>? configure)
    {
        if (address.Kind == NodeKind.Master)
            return new MasterNode(new MasterConfig { Self = new(address.Name), Definition = Definition }, run);

        if (address.Kind != NodeKind.Shard)
            return null;

        ShardConfig config = new()
        {
            Group = new GroupId(address.Name),
            Shard = new ShardId(address.Number),
            Masters = Definition.Masters,
            Run = run,
            SessionsMax = 64,
            Log = new LogOptions { DigestRecords = 4, CheckpointRecords = 20, ChunkBytes = 256 },
        };
        return new ShardNode(configure?.Invoke(config) ?? config);
    }
}
