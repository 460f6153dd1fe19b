using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Shards;

public sealed class ShardNodeKeyTests
{
    private static readonly GroupId G1 = new("g1");

    private readonly ShardCluster _cluster = new();

    [Fact]
    public void FirstUse_WhereTheMasterHasGivenTheShard_OpensItAndReportsIt()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, G1));

        Assert.Equal(Keys.Absent, _cluster.Read("g1", "1"));
        Assert.Equal(new ShardOwner(G1, new Epoch(1), false), _cluster.Map.Query(ShardCluster.Shard));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "1", "2"));
        Assert.Equal(Keys.Done("2"), _cluster.Read("g1", "1"));
    }

    [Fact]
    public void FirstUse_ByManyAtOnce_AsksTheMasterOnce()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, G1));
        TestCall[] calls = [.. Enumerable.Range(0, 20).Select(i => _cluster.Send("g1", Keys.Write("1", $"{i}")))];
        _cluster.Nodes.Run();

        Assert.All(calls, call => Assert.Equal(Keys.Done(), Assert.Single(call.Replies)));
        Assert.Single(_cluster.Map.Asked.OfType<QueryShard>());
        Assert.Equal(Keys.Done("19"), _cluster.Read("g1", "1"));
    }

    [Fact]
    public void FirstUse_WhereNobodyHasIt_IsNotHeld() =>
        AssertRefused(ShardRefusalKind.NotHeld, null, _cluster.Read("g1", "1"));

    [Fact]
    public void FirstUse_WhereAnotherHasIt_Redirects()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g2")));
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Write("g1", "1", "1"));
        Assert.Equal(TransferPhase.None, _cluster.Ownership("g1").Phase);
    }

    [Fact]
    public void FirstUse_WhereTheContentMustCome_Waits()
    {
        _cluster.Map.Report(new ReportOwner(ShardCluster.Shard, G1, new Epoch(5), false));
        AssertRefused(ShardRefusalKind.HandingOver, null, _cluster.Write("g1", "1", "1"));
        Assert.Equal(TransferPhase.None, _cluster.Ownership("g1").Phase);
    }

    [Fact]
    public void FirstUse_WithoutAMaster_IsRefusedInTime()
    {
        _cluster.Nodes.FateOf = packet => packet is Packet.Call { To.Kind: NodeKind.Master } ? Fate.Lose : Fate.Deliver;
        TestCall call = _cluster.Send("g1", Keys.Write("1", "1"));
        _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(600));
        Assert.Null(call.Reply);
        _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(300));
        AssertRefused(ShardRefusalKind.NotReady, null, call.Reply);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FirstUse_AfterAChangeOfPrimary_FindsIt(bool hints)
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, G1));
        _cluster.Map.Primary = new MasterName("m2");
        _cluster.Map.Term = new Term(2);
        _cluster.Map.HintsAtPrimary = hints;
        TestCall call = _cluster.Send("g1", Keys.Write("1", "1"));
        _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal(Keys.Done(), call.Reply);
    }

    [Fact]
    public void FirstUse_WhereTheMastersCannotTell_AsksAgain()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, G1));
        _cluster.Map.Unable.Enqueue(new MasterUnknown("lost its log"));
        _cluster.Map.Unable.Enqueue(new MasterRefusal(MasterRefusalKind.Unavailable, "not now", null));
        _cluster.Map.Unable.Enqueue(new NotPrimary(new MasterName("m2"), new Term(1), "not I"));
        _cluster.Map.Unable.Enqueue(new NotPrimary(new MasterName("m1"), new Term(1), "not I"));
        TestCall call = _cluster.Send("g1", Keys.Write("1", "1"));
        _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(600));
        Assert.Equal(Keys.Done(), call.Reply);
        Assert.Equal(5, _cluster.Map.Asked.OfType<QueryShard>().Count());
    }

    [Fact]
    public void FirstUse_TooManyThatWait_AreRefused()
    {
        ShardCluster cluster = new(static config => config with { WaitingMax = 2 });
        cluster.Map.Locate(new LocateShard(ShardCluster.Shard, G1));
        cluster.IsAvailable("g1");
        cluster.Nodes.LetCall<QueryShard>(Fate.Hold);
        TestCall[] calls = [.. Enumerable.Range(0, 5).Select(_ => cluster.Send("g1", Keys.Read("1")))];
        cluster.Nodes.Run();
        Assert.Equal(3, calls.Count(static call => call.Reply is ShardRefusal { Kind: ShardRefusalKind.NotReady }));
        cluster.Nodes.ReleaseAll();
        Assert.Equal(2, calls.Count(static call => Keys.Absent.Equals(call.Reply)));
    }

    [Fact]
    public void Published_ChangeOfPrimary_IsFollowed()
    {
        _cluster.Nodes.Start(ShardCluster.At("g1"));
        _cluster.Nodes.Publish(new PrimaryChanged(new MasterName("m2"), new Term(2)));
        _cluster.Nodes.Run();
        List<NodeAddress> asked = [];
        _cluster.Nodes.FateOf = packet => Note(packet, asked);
        _cluster.Read("g1", "1");
        Assert.Equal("m2", asked[0].Name);
    }

    [Fact]
    public void Read_IsAnsweredOnlyAfterTheLogHasProvedThatThisCopyLeads()
    {
        _cluster.Seed("g1", """{"x":1}""");
        _cluster.Nodes.LetStore<StoreRequest.Probe>(Fate.Hold);
        TestCall read = _cluster.Send("g1", Keys.Read("\"x\""));
        _cluster.Nodes.Run();
        Assert.Null(read.Reply);
        _cluster.Nodes.ReleaseAll();
        Assert.Equal(Keys.Done("1"), read.Reply);
    }

    [Fact]
    public void Write_IsAnsweredOnlyWhenItIsDurable()
    {
        _cluster.Seed("g1", """{"x":1}""");
        _cluster.Nodes.LetStore<StoreRequest.Put>(Fate.Hold);
        TestCall write = _cluster.Send("g1", Keys.Write("\"x\"", "2"));
        _cluster.Nodes.Run();
        Assert.Null(write.Reply);
        _cluster.Nodes.ReleaseAll();
        Assert.Equal(Keys.Done(), write.Reply);
    }

    [Fact]
    public void Restart_FindsEverythingInTheLog()
    {
        _cluster.Seed("g1", """{"x":1}""");
        _cluster.Write("g1", "\"x\"", "2", Keys.Client("c", 1));
        ulong digest = _cluster.Node("g1").State.Digest;
        _cluster.Crash("g1");

        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "3", Keys.Client("c", 1)));
        Assert.Equal(Keys.Done("2"), _cluster.Read("g1", "\"x\""));
        Assert.NotEqual(0UL, digest);
    }

    [Fact]
    public void Restart_AfterACheckpoint_FindsEverything()
    {
        ShardCluster cluster = new(static config => config with
        {
            Log = new LogOptions { CheckpointRecords = 8, ChunkBytes = 64, DigestRecords = 4 },
        });
        cluster.Seed("g1", """{"x":1}""");
        for (int i = 0; i < 40; i++)
            cluster.Write("g1", $"{i % 7}", $"{i}", Keys.Client($"c{i % 5}", i));

        ulong digest = cluster.Node("g1").State.Digest;
        Assert.True(cluster.Nodes.Store.HasCheckpoint(ShardCluster.LogOf("g1")));
        cluster.Crash("g1");
        cluster.Ownership("g1");
        Assert.Equal(digest, cluster.Node("g1").State.Digest);
    }

    [Fact]
    public void UnknownRequest_IsRefused()
    {
        ShardRefusal refusal = Assert.IsType<ShardRefusal>(_cluster.Ask("g1", new Heartbeat(G1)));
        Assert.Equal(ShardRefusalKind.Malformed, refusal.Kind);
        Assert.Contains("Heartbeat", refusal.Text, StringComparison.Ordinal);
    }

    internal static void AssertRefused(ShardRefusalKind kind, string? owner, Message? reply)
    {
        ShardRefusal refusal = Assert.IsType<ShardRefusal>(reply);
        Assert.Equal((kind, owner), (refusal.Kind, refusal.Owner?.Value));
    }

    private static Fate Note(Packet packet, List<NodeAddress> asked)
    {
        if (packet is Packet.Call { To.Kind: NodeKind.Master } call)
            asked.Add(call.To);

        return Fate.Deliver;
    }
}
