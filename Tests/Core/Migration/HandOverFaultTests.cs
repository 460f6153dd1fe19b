using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>
/// A coordinator and a client go through a whole hand-over, or through one that is rolled back; something goes wrong at
/// one packet, at every one in turn. Both repeat what was not answered for certain. In the end one group serves, with
/// every write that was acknowledged, each carried out once.
/// </summary>
public sealed class HandOverFaultTests
{
    private const int PacketsMax = 400;

    public enum Fault
    {
        Lose,
        Duplicate,
        Delay,
        CrashSource,
        CrashTarget,
        CrashBoth,
    }

    [Theory]
    [InlineData(Fault.Lose)]
    [InlineData(Fault.Duplicate)]
    [InlineData(Fault.Delay)]
    [InlineData(Fault.CrashSource)]
    [InlineData(Fault.CrashTarget)]
    [InlineData(Fault.CrashBoth)]
    public void WholeHandOver_WithOneFaultAtAnyPacket_EndsWithTheTarget(Fault fault)
    {
        int at = 0;
        for (bool wasMet = true; wasMet; at++)
        {
            Story story = new(fault, at);
            story.HandOver();
            story.AssertEnd("g2");
            wasMet = story.WasMet;
            Assert.True(at < PacketsMax, "the story does not end");
        }

        Assert.True(at > 30, $"only {at} packets");
    }

    [Theory]
    [InlineData(Fault.Lose)]
    [InlineData(Fault.Duplicate)]
    [InlineData(Fault.Delay)]
    [InlineData(Fault.CrashSource)]
    [InlineData(Fault.CrashTarget)]
    [InlineData(Fault.CrashBoth)]
    public void RolledBackHandOver_WithOneFaultAtAnyPacket_EndsWithTheSource(Fault fault)
    {
        int at = 0;
        for (bool wasMet = true; wasMet; at++)
        {
            Story story = new(fault, at);
            story.RollBack();
            story.AssertEnd("g1");
            wasMet = story.WasMet;
            Assert.True(at < PacketsMax, "the story does not end");
        }

        Assert.True(at > 30, $"only {at} packets");
    }

    private sealed class Story
    {
        private readonly ShardCluster _cluster = new();
        private readonly Fault _fault;
        private readonly int _at;
        private readonly string _name;
        private int _packets;
        private int _counter;
        private long _sequence;
        private bool _isArmed = true;

        internal Story(Fault fault, int at)
        {
            _fault = fault;
            _at = at;
            _name = $"{fault} at packet {at}";
            _cluster.Nodes.FateOf = FateOf;
        }

        internal bool WasMet => _packets > _at;

        internal void HandOver()
        {
            Insist("g1", new SeedShard(JsonText.Parse("""{"n":0}"""), default));
            Count("g1");
            JsonText snapshot = Prepare();
            Insist("g2", new ReceiveShard(snapshot, new GroupId("g1")));
            Count("g2");
            Insist("g1", new ConfirmReceived());
            Count("g2");
        }

        internal void RollBack()
        {
            Insist("g1", new SeedShard(JsonText.Parse("""{"n":0}"""), default));
            Count("g1");
            JsonText snapshot = Prepare();
            Insist("g2", new ReceiveShard(snapshot, new GroupId("g1")));
            Insist("g1", new AbortMigration());
            Count("g1");
            Assert.IsType<ShardRefusal>(Insist("g2", new ReceiveShard(snapshot, null)));
            Count("g1");
        }

        internal void AssertEnd(string owner)
        {
            _isArmed = false;
            _cluster.Nodes.ReleaseAll();
            _cluster.Nodes.Advance(TimeSpan.FromSeconds(6));
            foreach (string group in (string[])["g1", "g2"])
            {
                bool serves = _cluster.Ownership(group).Phase == TransferPhase.Serving;
                Assert.True(serves == (group == owner), $"{_name}: {group} is {_cluster.Ownership(group)}");
            }

            Assert.Equal(Keys.Done($"{_counter}"), Insist(owner, Keys.Read("\"n\"")));
            Assert.Equal(new GroupId(owner), _cluster.Map.Query(ShardCluster.Shard).Owner);
            Assert.Equal(TransferPhase.Released, _cluster.Ownership(owner == "g1" ? "g2" : "g1").Phase);
            Assert.Empty(_cluster.Nodes.Alarms);
        }

        private JsonText Prepare() =>
            Assert.IsType<ShardSnapshotReply>(Insist("g1", new PrepareMigration(new GroupId("g2")))).Snapshot;

        // Counts one up, as a client that repeats the same request until it is answered: carried out twice, the second
        // would find another value than it expects.
        private void Count(string group)
        {
            KeyRequest request = Keys.Cas("\"n\"", $"{_counter}", $"{_counter + 1}", Keys.Client("c", ++_sequence));
            Assert.Equal(Keys.Done(), Insist(group, request));
            _counter++;
        }

        private Message Insist(string group, Message request)
        {
            for (int attempt = 0; attempt < 20; attempt++)
            {
                TestCall call = _cluster.Send(group, request);
                for (int wait = 0; wait < 50 && call.Reply is null; wait++)
                    _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(100));

                AssertOneServes();
                bool isFinal = call.Reply is not (null or ShardUnknown
                    or ShardRefusal { Kind: ShardRefusalKind.NotReady or ShardRefusalKind.HandingOver });
                if (isFinal)
                    return call.Reply!;
            }

            Assert.Fail($"{_name}: {group} does not answer {request}");
            return request;
        }

        private void AssertOneServes()
        {
            int serving = _cluster.Running().Count(static node => node.State.Ownership.Phase == TransferPhase.Serving);
            Assert.True(serving <= 1, $"{_name}: {serving} copies serve");
        }

        // A store always answers; what is lost is what came of it.
        private static Fate Lost(StoreRequest asked) => asked is StoreRequest.Put ? Fate.Unknown : Fate.Fail;

        private Fate FateOf(Packet packet)
        {
            if (!_isArmed || _packets++ != _at)
                return Fate.Deliver;

            switch (_fault)
            {
                case Fault.CrashSource or Fault.CrashBoth:
                    _cluster.Crash("g1");
                    break;
                case Fault.CrashTarget:
                    _cluster.Crash("g2");
                    break;
            }

            if (_fault == Fault.CrashBoth)
                _cluster.Crash("g2");

            return _fault switch
            {
                Fault.Lose => packet is Packet.Store { Request: var asked } ? Lost(asked) : Fate.Lose,
                Fault.Duplicate => Fate.Duplicate,

                // To the very end. A store answers in some way at some time; and a request of the coordinator that
                // arrives after everything would seed the shard once more, as it asks.
                Fault.Delay => packet is Packet.Store or Packet.Call { From: null } ? Fate.Deliver : Fate.Hold,
                Fault.CrashSource or Fault.CrashTarget or Fault.CrashBoth => Fate.Deliver,
            };
        }
    }
}
