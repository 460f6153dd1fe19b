using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.MasterCluster;

namespace OrleansShards.Tests.Core.Masters;

public sealed class MasterMapTests
{
    private static readonly GroupId G1 = new("g1");
    private static readonly GroupId G2 = new("g2");
    private readonly MasterCluster _cluster = Founded();

    public static TheoryData<Message> OnlyForThePrimary { get; } = new()
    {
        new LocateShard(new ShardId(0), null),
        new QueryShard(new ShardId(0)),
        new ReportOwner(new ShardId(0), G1, new Epoch(1), false),
        new Heartbeat(G1),
        new QueryConfig(null),
        new QueryClusterStatus(),
        new Switchover(N2),
        new QueryAvailability(),
    };

    [Theory]
    [MemberData(nameof(OnlyForThePrimary))]
    public void Shadow_AskedWhatOnlyThePrimaryKnows_RedirectsWithTheTerm(Message request)
    {
        NotPrimary answer = Assert.IsType<NotPrimary>(_cluster.Ask(N2, request));
        Assert.Equal((N1, new Term(1)), (answer.Primary, answer.Term));
    }

    [Fact]
    public void Locate_FirstUse_AssignsOncePublishesAndAnswersTheSame()
    {
        TestCall first = _cluster.Send(N1, new LocateShard(new ShardId(0), G2));
        TestCall second = _cluster.Send(N1, new LocateShard(new ShardId(0), G1));
        _cluster.Nodes.Run();

        ShardOwner expected = new(G2, new Epoch(1), MayOpenEmpty: true);
        Assert.Equal(expected, first.Reply);
        Assert.Equal(expected, second.Reply);
        Assert.Single(_cluster.Nodes.Published.OfType<ShardMoved>());
        int decisions = _cluster.Decisions.Count;
        Assert.Equal(expected, _cluster.Locate(N1, 0));
        Assert.Equal(decisions, _cluster.Decisions.Count);
    }

    [Fact]
    public void Locate_UnknownNames_AreRefused()
    {
        Assert.Equal(MasterRefusalKind.UnknownName, Refusal(new LocateShard(new ShardId(8), null)));
        Assert.Equal(MasterRefusalKind.UnknownName, Refusal(new LocateShard(new ShardId(0), new GroupId("g9"))));
        Assert.Equal(MasterRefusalKind.UnknownName, Refusal(new QueryShard(new ShardId(-1))));
        ReportOwner report = new(new ShardId(8), new GroupId("g1"), new Epoch(1), false);
        Assert.Equal(MasterRefusalKind.UnknownName, Refusal(report));
        Assert.Equal(MasterRefusalKind.WrongState, Refusal(report with { Shard = new ShardId(0), Owner = new GroupId("g/9") }));
        Assert.Equal(MasterRefusalKind.UnknownName, Refusal(new Heartbeat(new GroupId("g9"))));
        Assert.Equal(MasterRefusalKind.WrongState, Refusal(new QueryAvailability()));
        Assert.Single(_cluster.Decisions);
    }

    [Fact]
    public void Report_ThatChangesNothing_AddsNoDecision()
    {
        ReportOwner report = new(new ShardId(4), G1, new Epoch(2), false);
        Assert.Equal(new ShardOwner(G1, new Epoch(2), false), _cluster.Ask(N1, report));
        int decisions = _cluster.Decisions.Count;
        Assert.Equal(new ShardOwner(G1, new Epoch(2), false), _cluster.Ask(N1, report));
        ReportOwner older = report with { Owner = G2, Epoch = new Epoch(1) };
        Assert.Equal(new ShardOwner(G1, new Epoch(2), false), _cluster.Ask(N1, older));
        Assert.Equal(decisions, _cluster.Decisions.Count);
        ShardMoved moved = Assert.Single(_cluster.Nodes.Published.OfType<ShardMoved>());
        Assert.Equal(new ShardMoved(new ShardId(4), G1, new Epoch(2)), moved);
    }

    [Fact]
    public void Report_OfASecondOwnerAtTheSameEpoch_RaisesAnAlarm()
    {
        ReportOwner report = new(new ShardId(4), G1, new Epoch(2), false);
        _cluster.Ask(N1, report);
        Assert.Equal(new ShardOwner(G1, new Epoch(2), false), _cluster.Ask(N1, report with { Owner = G2 }));
        string alarm = Assert.Single(_cluster.Nodes.Alarms);
        Assert.Contains("two groups claim shard 4 at epoch 2", alarm, StringComparison.Ordinal);
    }

    [Fact]
    public void Query_ShardOfNobody_GivesItToNobody()
    {
        Assert.Equal(new ShardOwner(null, Epoch.None, false), _cluster.Ask(N1, new QueryShard(new ShardId(5))));
        _cluster.Locate(N1, 5, "g2");
        Assert.Equal(new ShardOwner(G2, new Epoch(1), true), _cluster.Ask(N1, new QueryShard(new ShardId(5))));
    }

    [Fact]
    public void QueryConfig_AnswersEveryEpoch()
    {
        _cluster.Locate(N1, 5, "g2");
        Assert.Empty(Assert.IsType<ConfigReply>(_cluster.Ask(N1, new QueryConfig(new Epoch(1)))).Shards);
        ConfigReply newest = Assert.IsType<ConfigReply>(_cluster.Ask(N1, new QueryConfig(null)));
        Assert.Equal((new Epoch(2), G2), (newest.Epoch, newest.Shards[5]));
        Assert.Equal(MasterRefusalKind.WrongState, Refusal(new QueryConfig(new Epoch(3))));
    }

    [Fact]
    public void Read_WhileTheLogIsSilent_IsNotAnswered()
    {
        _cluster.Locate(N1, 5, "g2");
        _cluster.Let(static packet => IsStore<StoreRequest.Probe>(packet, N1), Fate.Hold);
        TestCall read = _cluster.Send(N1, new QueryShard(new ShardId(5)));
        _cluster.Nodes.Run();
        Assert.Null(read.Reply);
        _cluster.Nodes.ReleaseAll();
        Assert.NotNull(read.Reply);
    }

    [Fact]
    public void ClusterStatus_ShowsMastersGroupsAndShards()
    {
        _cluster.Start(G1);
        _cluster.Advance(2);
        _cluster.Locate(N1, 5, "g2");
        _cluster.Advance(0.1);

        ClusterStatusReply status = Assert.IsType<ClusterStatusReply>(_cluster.Ask(N1, new QueryClusterStatus()));

        LogIndex newest = _cluster.Log[^1].After.Index;
        Assert.Equal([N1, N2], status.Masters.Select(static master => master.Name));
        Assert.Equal([true, false], status.Masters.Select(static master => master.IsPrimary));
        Assert.All(status.Masters, master => Assert.Equal((newest, new Term(1)), (master.LogIndex, master.Term)));
        Assert.All(status.Masters, static master => Assert.InRange(master.HeartbeatAgeMs!.Value, 0, 1000));
        Assert.InRange(status.GroupHeartbeatAgesMs[0]!.Value, 0, 1000);
        Assert.Null(status.GroupHeartbeatAgesMs[1]);
        Assert.Equal(G2, status.Config.Shards[5]);
        Assert.Empty(status.Takeovers);
    }

    [Fact]
    public void ClusterStatus_ShadowNeverHeardOf_HasNoAge()
    {
        MasterCluster cluster = new();
        cluster.Start(N1);
        cluster.Nodes.Run();
        ClusterStatusReply status = Assert.IsType<ClusterStatusReply>(cluster.Ask(N1, new QueryClusterStatus()));
        Assert.Equal(new MasterStatus(N2, false, Term.None, LogIndex.None, null), status.Masters[1]);
    }

    private MasterRefusalKind Refusal(Message request) => Assert.IsType<MasterRefusal>(_cluster.Ask(N1, request)).Kind;
}
