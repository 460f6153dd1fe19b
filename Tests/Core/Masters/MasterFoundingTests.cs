using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.MasterCluster;

namespace OrleansShards.Tests.Core.Masters;

public sealed class MasterFoundingTests
{
    [Fact]
    public void Start_EmptyLog_FirstLeadsAndFoundsSecondFollows()
    {
        MasterCluster cluster = Founded();
        Assert.Equal(LogRole.Following, cluster.Node(N2).Role);
        Assert.Equal(cluster.Definition, cluster.Node(N2).State.Definition);
        Assert.Equal([new MasterEntry.Created(cluster.Definition)], cluster.Decisions);
        Assert.Equal(new PrimaryChanged(N1, new Term(1)), Assert.Single(cluster.Nodes.Published));
    }

    [Fact]
    public void Start_FirstNeverComes_SecondFoundsAfterTheDetectionTime()
    {
        MasterCluster cluster = new();
        cluster.Start(N2);
        Assert.Equal(10, cluster.UntilLeads(N2).TotalSeconds, 0.11);
        cluster.Advance(0.1);
        Assert.Equal(new MasterEntry.Created(cluster.Definition), cluster.Decisions[0]);
        Assert.Equal((N1, N2), (cluster.Node(N2).State.NewestTakeover!.From, cluster.Node(N2).State.Primary));
    }

    [Fact]
    public void CreateCluster_Again_IsTheSameAtEitherMasterAndNewForNobody()
    {
        MasterCluster cluster = Founded();
        ClusterCreated expected = new(N1, new Term(1));
        Assert.Equal(expected, cluster.Ask(N1, new CreateCluster(cluster.Definition)));
        Assert.Equal(expected, cluster.Ask(N2, new CreateCluster(cluster.Definition)));

        ClusterDefinition other = cluster.Definition with { ShardCount = 3 };
        MasterRefusal refusal = Assert.IsType<MasterRefusal>(cluster.Ask(N2, new CreateCluster(other)));

        Assert.Equal((MasterRefusalKind.WrongState, N1), (refusal.Kind, refusal.Primary));
        Assert.Single(cluster.Decisions);
    }

    [Fact]
    public void CreateCluster_BeforeTheFounding_WaitsForIt()
    {
        MasterCluster cluster = new();
        cluster.Start(N1);
        TestCall early = cluster.Send(N1, new CreateCluster(cluster.Definition));
        cluster.Nodes.Run();
        Assert.Equal(new ClusterCreated(N1, new Term(1)), early.Reply);
    }

    [Fact]
    public void CreateCluster_StoreDead_IsRefusedInTime()
    {
        MasterCluster cluster = new();
        cluster.Let(static packet => packet is Packet.Store, Fate.Fail);
        cluster.Start(N1);
        TestCall call = cluster.Send(N1, new CreateCluster(cluster.Definition));
        cluster.Advance(3.4);
        Assert.Null(call.Reply);
        cluster.Advance(0.1);
        MasterRefusal refusal = Assert.IsType<MasterRefusal>(call.Reply);
        Assert.Equal(MasterRefusalKind.Unavailable, refusal.Kind);
        Assert.Contains("the test says so", refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateCluster_TooManyWait_IsRefusedAtOnce()
    {
        MasterCluster cluster = new(configure: static config => config with { WaitingMax = 1 });
        cluster.Start(N2);
        TestCall first = cluster.Send(N2, new CreateCluster(cluster.Definition));
        TestCall second = cluster.Send(N2, new CreateCluster(cluster.Definition));
        cluster.Nodes.Run();
        Assert.Null(first.Reply);
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(second.Reply).Kind);
    }

    [Fact]
    public void Founding_RefusedByTheStore_IsProposedAgain()
    {
        MasterCluster cluster = new();
        int puts = 0;
        cluster.Let(packet => IsStore<StoreRequest.Put>(packet, N1) && ++puts == 2, Fate.Fail);
        cluster.Start(N1);
        cluster.Nodes.Run();
        Assert.Null(cluster.Node(N1).State.Definition);
        cluster.Refused(N1, new LocateShard(new ShardId(1), null), MasterRefusalKind.Unavailable);
        cluster.Advance(0.2);
        Assert.Equal(cluster.Definition, cluster.Node(N1).State.Definition);
    }

    [Fact]
    public void Founding_InDoubtWhenThePrimaryStopsItself_IsProposedAgain()
    {
        MasterCluster cluster = new();
        int puts = 0;
        cluster.Let(packet => IsStore<StoreRequest.Put>(packet, N1) && ++puts >= 2, Fate.Lose);
        cluster.Start(N1);
        cluster.Advance(7.2);
        cluster.Heal();
        cluster.UntilLeads(N1, 10);
        cluster.Advance(0.1);
        Assert.Equal(cluster.Definition, cluster.Node(N1).State.Definition);
    }

    [Fact]
    public void Start_LogOfAnotherCluster_NeverLeadsAndSaysSo()
    {
        MasterCluster cluster = Founded();
        cluster.Crash(N1);
        cluster.Crash(N2);
        MasterName n5 = new("n5");
        ClusterDefinition other = cluster.Definition with { Masters = [n5] };
        cluster.Definition = other;
        cluster.Start(n5);
        cluster.Advance(20);

        Assert.Equal(LogRole.Following, cluster.Node(n5).Role);
        Assert.Contains("another cluster", Assert.Single(cluster.Nodes.Alarms), StringComparison.Ordinal);
        cluster.Refused(n5, new CreateCluster(other), MasterRefusalKind.WrongState);
    }

    [Fact]
    public void Single_LeadsAfterEveryRestartAndHasNoShadow()
    {
        MasterCluster cluster = Founded(single: true);
        ShardOwner owner = cluster.Locate(N1, 2, "g3");
        cluster.Crash(N1);
        cluster.Start(N1);
        cluster.UntilLeads(N1, 1);

        Assert.Equal(owner, cluster.Locate(N1, 2));
        Assert.Equal(new ShadowStatusReply(N1, null, 0, 0, 0, new Term(2)), cluster.Ask(N1, new QueryShadowStatus()));
        cluster.Advance(0.1);
        TakeoverRecord record = Assert.Single(cluster.Node(N1).State.Takeovers);
        Assert.Equal((TakeoverReason.Restarted, N1, N1, new Term(2)), (record.Reason, record.From, record.To, record.Term));
    }

    [Fact]
    public void Config_ProblemsAreNamed()
    {
        MasterConfig config = new() { Self = N1, Definition = MasterStateTests.Cluster };
        Assert.Empty(config.Problems());
        Assert.Single((config with { Definition = config.Definition with { ShardCount = 0 } }).Problems());
        Assert.Single((config with { Log = new LogOptions() }).Problems());
        Assert.Single((config with { DetectAfter = TimeSpan.FromSeconds(7) }).Problems());
        Assert.Single((config with { WaitLimit = TimeSpan.FromSeconds(4) }).Problems());
        Assert.Single((config with { CatchUpLimit = TimeSpan.FromSeconds(1) }).Problems());
        LogOptions slow = new() { HeartbeatInterval = TimeSpan.FromSeconds(7) };
        Assert.Single((config with { Log = slow }).Problems());
    }
}
