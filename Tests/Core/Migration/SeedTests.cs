using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

public sealed class SeedTests
{
    private readonly ShardCluster _cluster = new();

    [Fact]
    public void Seed_WhereNobodyHasTheShard_MakesThisGroupItsOwner()
    {
        Assert.IsType<ShardDone>(_cluster.Seed(
            "g2", """{"x":1}""", """{"c":{"seq":5,"reply":{"type":"read_ok","value":7}}}"""));
        Assert.Equal(new ShardOwner(new GroupId("g2"), new Epoch(1), false), _cluster.Map.Query(ShardCluster.Shard));
        Assert.Equal(Keys.Done("7"), _cluster.Read("g2", "\"x\"", Keys.Client("c", 5)));
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Read("g1", "\"x\""));
    }

    [Fact]
    public void Seed_Again_ReplacesTheContent()
    {
        _cluster.Seed("g1", """{"x":1}""");
        _cluster.Write("g1", "\"y\"", "2");
        Assert.IsType<ShardDone>(_cluster.Seed("g1", """{"z":3}"""));
        Assert.Equal(Keys.Absent, _cluster.Read("g1", "\"y\""));
        Assert.Equal(Keys.Done("3"), _cluster.Read("g1", "\"z\""));
    }

    [Fact]
    public void Seed_WhereAnotherGroupHasData_IsRefusedWithItsName()
    {
        _cluster.Seed("g1", """{"x":1}""");
        AssertRefused(ShardRefusalKind.Moved, "g1", _cluster.Seed("g2", """{"x":2}"""));
        _cluster.Prepare("g1", "g2");
        AssertRefused(ShardRefusalKind.WrongState, "g1", _cluster.Seed("g2", """{"x":2}"""));
        AssertRefused(ShardRefusalKind.WrongState, null, _cluster.Seed("g1", """{"x":2}"""));
        _cluster.AssertOneServes();
    }

    [Fact]
    public void Seed_WhereAnotherGroupHasItButEmpty_TakesItOver()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        _cluster.Read("g1", "1");
        Assert.IsType<ShardDone>(_cluster.Seed("g2", """{"x":2}"""));
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Write("g1", "1", "1"));
        Assert.Equal(new ShardOwner(new GroupId("g2"), new Epoch(2), false), _cluster.Map.Query(ShardCluster.Shard));
        _cluster.AssertOneServes(1);
    }

    [Fact]
    public void Seed_WhereAnotherGroupHasItButWasNeverUsed_KeepsItFromOpening()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        _cluster.Nodes.LetCall<ReportOwner>(Fate.Lose);
        Assert.IsType<ShardDone>(_cluster.Seed("g2", """{"x":2}"""));
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Write("g1", "1", "1"));
        _cluster.Crash("g1");
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Write("g1", "1", "1"));
        _cluster.AssertOneServes(1);
    }

    [Fact]
    public void Seed_FollowsTheRedirects_WhereTheMasterHasNotHeard()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        _cluster.Nodes.LetCall<ReportOwner>(Fate.Lose);
        _cluster.Ask("g1", RelinquishEmpty("g2", 1));
        Assert.IsType<ShardDone>(_cluster.Seed("g3", """{"x":3}"""));
        ShardOwnership g2 = _cluster.Ownership("g2");
        Assert.Equal((TransferPhase.Released, new Epoch(3)), (g2.Phase, g2.Epoch));
        Assert.Equal(new Epoch(3), _cluster.Ownership("g3").Epoch);
        AssertRefused(ShardRefusalKind.Moved, "g3", _cluster.Seed("g2", """{"x":3}"""));
        _cluster.AssertOneServes(1);
    }

    [Fact]
    public void Seed_WhereThisGroupGaveItAway_AndTheMasterHasNotHeard_AsksTheNewOwner()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        _cluster.Nodes.LetCall<ReportOwner>(Fate.Lose);
        _cluster.Ask("g1", RelinquishEmpty("g2", 1));
        Assert.IsType<ShardDone>(_cluster.Seed("g1", """{"x":1}"""));
        Assert.Equal((TransferPhase.Released, new Epoch(3)), (_cluster.Ownership("g2").Phase, _cluster.Ownership("g1").Epoch));
        _cluster.AssertOneServes(1);
    }

    [Fact]
    public void AGrantThatComesLate_DoesNotMakeASecondServer()
    {
        // (1) g2 is granted the shard by g1, the answer is held; (2) g3 asks: g1 redirects to g2, which gives way;
        // (3) g3 serves; (4) the answer reaches g2.
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        _cluster.Nodes.LetAnswer<Relinquished>(Fate.Hold);
        TestCall late = _cluster.Send("g2", new SeedShard(JsonText.Parse("""{"x":2}"""), default));
        _cluster.Nodes.Run();
        Packet answer = Assert.Single(_cluster.Nodes.Held);
        _cluster.Nodes.FateOf = null;
        Assert.IsType<ShardDone>(_cluster.Seed("g3", """{"x":3}"""));
        _cluster.Nodes.Release(answer);
        _cluster.Nodes.Run();

        AssertRefused(ShardRefusalKind.Moved, "g3", late.Reply);
        Assert.Equal(Keys.Done("3"), _cluster.Read("g3", "\"x\""));
        _cluster.AssertOneServes(1);
    }

    [Fact]
    public void Seed_ThatWasGrantedAndThenLost_IsMadeGoodByARepetition()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        _cluster.Nodes.LetAnswer<Relinquished>(Fate.Lose);
        _cluster.Send("g2", new SeedShard(JsonText.Parse("""{"x":2}"""), default));
        _cluster.Nodes.Run();
        _cluster.Crash("g2");
        _cluster.Nodes.FateOf = null;
        Assert.IsType<ShardDone>(_cluster.Seed("g2", """{"x":2}"""));
        _cluster.AssertOneServes(1);
    }

    [Fact]
    public void TwoTombstonesThatPointAtEachOther_EndWithAnOwnerThatOpens()
    {
        // g1 gave the empty shard to g2, g2 gave it back in the same way, and the seed at g1 was lost.
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        _cluster.Ask("g1", RelinquishEmpty("g2", 1));
        _cluster.Ask("g2", RelinquishEmpty("g1", 2));
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new ShardOwner(new GroupId("g1"), new Epoch(3), true), _cluster.Map.Query(ShardCluster.Shard));

        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Write("g1", "1", "1"));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "1", "1"));
        _cluster.AssertOneServes(1);
    }

    [Fact]
    public void AReleasedCopy_AsksTheMasterOnceASecondAtMost_AndPassesItsWordOn()
    {
        _cluster.Received();
        _cluster.Confirm("g1");
        _cluster.Map.Report(new ReportOwner(ShardCluster.Shard, new GroupId("g3"), new Epoch(9), false));
        _cluster.Map.Asked.Clear();
        for (int i = 0; i < 20; i++)
            AssertRefused(ShardRefusalKind.Moved, i == 0 ? "g2" : "g3", _cluster.Read("g1", "1"));

        Assert.Single(_cluster.Map.Asked.OfType<QueryShard>());
        _cluster.Map.Report(new ReportOwner(ShardCluster.Shard, new GroupId("g1"), new Epoch(10), false));
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(1.1));
        _cluster.Read("g1", "1");
        AssertRefused(ShardRefusalKind.HandingOver, null, _cluster.Read("g1", "1"));
        AssertRefused(ShardRefusalKind.HandingOver, null, _cluster.Snapshot("g1"));
        AssertRefused(ShardRefusalKind.HandingOver, null, _cluster.Prepare("g1", "g3"));
    }

    [Fact]
    public void Seed_WithoutAMaster_IsRefusedInTime()
    {
        _cluster.Nodes.LetCall<LocateShard>(Fate.Lose);
        TestCall seed = _cluster.Send("g1", new SeedShard(JsonText.Parse("{}"), default));
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(4.2));
        AssertRefused(ShardRefusalKind.NotReady, null, seed.Reply);
    }

    [Fact]
    public void Seed_Malformed_NamesTheField()
    {
        ShardRefusal refusal = Assert.IsType<ShardRefusal>(_cluster.Seed("g1", "[1]"));
        Assert.Equal(ShardRefusalKind.Malformed, refusal.Kind);
        Assert.StartsWith("data:", refusal.Text, StringComparison.Ordinal);
    }

    private static void AssertRefused(ShardRefusalKind kind, string? owner, Message? reply) =>
        ShardNodeKeyTests.AssertRefused(kind, owner, reply);

    private static RelinquishShard RelinquishEmpty(string to, ulong known) =>
        new(new GroupId(to), RelinquishReason.Seed, 0, new Epoch(known)) { MayBeEmpty = true };
}
