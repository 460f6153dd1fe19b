using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.Shards;

namespace OrleansShards.Tests.Core.Migration;

public sealed class HandOverTests
{
    private readonly ShardCluster _cluster = new();

    [Fact]
    public void Prepare_AfterSeed_AnswersTheSnapshotInTheOrderOfTheData()
    {
        JsonText snapshot = _cluster.Prepared("""{"y":2,"x":1}""");

        Assert.Equal("""{"data":{"y":2,"x":1}}""", snapshot.ToString());
        Assert.Equal(ShardPhase.Sealed, _cluster.Standing("g1").Phase);
    }

    [Fact]
    public void WholeHandOver_MovesDataAndSessions()
    {
        _cluster.Seed("g1", """{"x":1}""");
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "2", Keys.Client("c1", 5)));
        JsonText snapshot = Assert.IsType<ShardSnapshotReply>(_cluster.Prepare("g1", "g2")).Snapshot;
        Assert.Equal(
            """{"data":{"x":2},"sessions":{"c1":{"seq":5,"reply":{"type":"write_ok"}}}}""", snapshot.ToString());

        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot, "g1"));
        Assert.IsType<ShardDone>(_cluster.Confirm("g1"));

        Assert.Equal(Keys.Done("2"), _cluster.Read("g2", "\"x\""));
        Assert.Equal(Keys.Done(), _cluster.Write("g2", "\"x\"", "9", Keys.Client("c1", 5)));
        Assert.Equal(Keys.Done("2"), _cluster.Read("g2", "\"x\""));
        Assert.Equal(0, _cluster.Node("g1").State.Keys);
        AssertMoved("g2", _cluster.Read("g1", "\"x\""));
        Assert.Equal(new GroupId("g2"), _cluster.Map.Query(ShardCluster.Shard).Owner);
        _cluster.AssertOneServes(1);
    }

    private static void AssertMoved(string owner, object? reply)
    {
        ShardRefusal refusal = Assert.IsType<ShardRefusal>(reply);
        Assert.Equal(ShardRefusalKind.Moved, refusal.Kind);
        Assert.Equal(new GroupId(owner), refusal.Owner);
    }
}
