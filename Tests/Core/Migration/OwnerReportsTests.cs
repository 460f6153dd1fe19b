using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

public sealed class OwnerReportsTests
{
    private readonly ShardCluster _cluster = new();

    private ReportOwner[] Reports => [.. _cluster.Map.Asked.OfType<ReportOwner>()];

    [Fact]
    public void EachChangeOfOwner_IsReportedOnce()
    {
        _cluster.Received();
        _cluster.Confirm("g1");
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(
            [Report("g1", 1), Report("g2", 2), Report("g2", 2)], Reports);
    }

    [Fact]
    public void AnAbort_IsReported()
    {
        _cluster.Received();
        _cluster.Abort("g1");
        Assert.Contains(Report("g1", 3), Reports);
        Assert.Equal(new GroupId("g1"), _cluster.Map.Query(ShardCluster.Shard).Owner);
    }

    [Fact]
    public void ATombstone_IsReportedAsEmpty()
    {
        OrleansShards.Core.Shards.RelinquishShard question =
            new(new GroupId("g2"), OrleansShards.Core.Shards.RelinquishReason.Seed, 0, new Epoch(3)) { MayBeEmpty = true };
        _cluster.Ask("g1", question);
        Assert.Equal([Report("g2", 4, isEmpty: true)], Reports);
    }

    [Fact]
    public void AReportThatIsLost_IsRepeatedUntilItIsAnswered_AndServingGoesOn()
    {
        _cluster.Nodes.LetCall<ReportOwner>(Fate.Lose);
        _cluster.Seed("g1", """{"x":1}""");
        Assert.Equal(Keys.Done("1"), _cluster.Read("g1", "\"x\""));
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(7));
        Assert.True(_cluster.Map.Query(ShardCluster.Shard).MayOpenEmpty);
        _cluster.Nodes.FateOf = null;
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(7));
        Assert.False(_cluster.Map.Query(ShardCluster.Shard).MayOpenEmpty);
    }

    [Fact]
    public void AReportThatACrashHasSwallowed_IsMadeAtTheNextStart()
    {
        _cluster.Nodes.LetCall<ReportOwner>(Fate.Lose);
        _cluster.Received();
        _cluster.Confirm("g1");
        _cluster.Crash("g1");
        _cluster.Crash("g2");
        _cluster.Nodes.FateOf = null;
        _cluster.Ownership("g1");
        Assert.Equal([Report("g2", 2)], Reports);
    }

    private static ReportOwner Report(string owner, ulong epoch, bool isEmpty = false) =>
        new(ShardCluster.Shard, new GroupId(owner), new Epoch(epoch), isEmpty);
}
