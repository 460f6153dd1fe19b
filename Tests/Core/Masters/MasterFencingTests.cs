using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.MasterCluster;

namespace OrleansShards.Tests.Core.Masters;

public sealed class MasterFencingTests
{
    private static readonly GroupId G1 = new("g1");
    private readonly MasterCluster _cluster = Founded();

    public static TheoryData<Message> Anything { get; } = new()
    {
        new LocateShard(new ShardId(0), null),
        new LocateShard(new ShardId(7), null),
        new QueryShard(new ShardId(0)),
        new ReportOwner(new ShardId(0), G1, new Epoch(9), false),
        new QueryConfig(null),
        new QueryClusterStatus(),
        new Heartbeat(G1),
        new QueryShadowStatus(),
        new Switchover(N1),
        new Switchover(N2),
    };

    [Theory]
    [MemberData(nameof(Anything))]
    public void PrimaryThatSlept30s_AnswersNothingAsAPrimary(Message request)
    {
        _cluster.Locate(N1, 0, "g2");
        TestNode sleeper = _cluster.Run(N1);
        TestCluster.Pause(sleeper);
        TestCall asked = _cluster.Nodes.Send(At(N1), request);
        _cluster.UntilLeads(N2);
        _cluster.Ask(N2, new ReportOwner(new ShardId(0), new GroupId("g3"), new Epoch(2), false));
        _cluster.Advance(20);

        // What came while it slept is the first thing that it sees, before any tick.
        _cluster.Nodes.Resume(sleeper);
        _cluster.Nodes.Run();
        _cluster.Advance(1);

        AssertRedirected(asked.Reply);
        Assert.Equal(LogRole.Following, _cluster.Node(N1).Role);
        AssertRedirected(_cluster.Ask(N1, request));
    }

    [Fact]
    public void PutUnderWayWhenFenced_IsRefusedWithCertaintyKeptAndNeverInTheLog()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Hold);
        TestCall decision = _cluster.Send(N1, new LocateShard(new ShardId(6), G1));
        _cluster.Advance(0.2);
        Assert.IsType<FailoverReply>(_cluster.Ask(N2, new TriggerFailover(N1)));
        _cluster.Nodes.ReleaseAll();
        _cluster.Advance(0.5);

        NotPrimary refusal = Assert.IsType<NotPrimary>(decision.Reply);
        Assert.True(refusal.Primary is null || refusal.Primary == N2);
        UndurableDecision kept = Assert.Single(_cluster.Node(N1).Undurable);
        Assert.Contains("Assigned", kept.Decision, StringComparison.Ordinal);
        Assert.True(kept.IsCertain);
        Assert.Null(_cluster.Node(N2).State.Find(new ShardId(6)));
        Assert.DoesNotContain(_cluster.Decisions, static entry => entry is MasterEntry.Assigned);
    }

    [Fact]
    public void PutInDoubtWhenThePrimaryStopsItself_IsUnknown()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.LoseCompletion);
        TestCall decision = _cluster.Send(N1, new LocateShard(new ShardId(6), G1));
        _cluster.Advance(7.5);

        Assert.IsType<MasterUnknown>(decision.Reply);
        Assert.False(Assert.Single(_cluster.Node(N1).Undurable).IsCertain);
    }

    [Fact]
    public void Undurable_IsBounded()
    {
        MasterCluster cluster = Founded(configure: static config => config with { UndurableMax = 2 });
        cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Lose);
        for (int shard = 0; shard < 5; shard++)
        {
            cluster.Send(N1, new LocateShard(new ShardId(shard), G1));
            cluster.Advance(0.1);
        }

        cluster.Advance(8);
        Assert.Equal(2, cluster.Node(N1).Undurable.Count);
        Assert.EndsWith("of shard 4", cluster.Node(N1).Undurable[1].Decision, StringComparison.Ordinal);
    }

    [Fact]
    public void NoPutSucceedsFor7s_StopsBeforeTheShadowStartsAndNamesNobody()
    {
        _cluster.Let(static packet => packet is Packet.Store { Request: StoreRequest.Put }, Fate.Lose);
        _cluster.Advance(7.2);

        Assert.NotEqual(LogRole.Leading, _cluster.Node(N1).Role);
        NotPrimary answer = Assert.IsType<NotPrimary>(_cluster.Ask(N1, new Heartbeat(G1)));
        Assert.Null(answer.Primary);
        Assert.Null(Assert.IsType<NotPrimary>(_cluster.Ask(N1, new QueryShadowStatus())).Primary);
        Assert.Equal(LogRole.Following, _cluster.Node(N2).Role);
    }

    [Fact]
    public void StoppedItself_StoreComesBackBeforeTheShadowActs_LeadsAgainInANewTerm()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Lose);
        _cluster.Advance(7.2);
        _cluster.Heal();
        _cluster.UntilLeads(N1, 10);
        Assert.InRange(_cluster.Node(N1).Applied.Term.Value, 2ul, 3ul);
        _cluster.Advance(20);
        TakeoverRecord record = Assert.Single(_cluster.Node(N1).State.Takeovers);
        Assert.Equal((TakeoverReason.Regained, N1, N1), (record.Reason, record.From, record.To));
        Assert.Equal(_cluster.Node(N1).Applied.Term, record.Term);
        Assert.Null(_cluster.Node(N1).State.NewestTakeover);
    }

    [Fact]
    public void StoppedItself_RivalHasOpened_DoesNotLeadAgain()
    {
        // It cannot see the rival's record when it decides to try: what it reads before its fence calls the attempt
        // off.
        _cluster.Let(static packet => packet is Packet.Store store && store.Node.Node.Address == At(N1), Fate.Fail);
        _cluster.UntilLeads(N2, 12);
        _cluster.Heal();
        _cluster.Advance(30);

        Assert.Equal(LogRole.Following, _cluster.Node(N1).Role);
        Assert.Equal(LogRole.Leading, _cluster.Node(N2).Role);
        Assert.Equal(new Term(2), _cluster.Node(N2).Applied.Term);
    }

    [Fact]
    public void PutsThatTakeTooLong_CountFromWhenTheyWereAskedFor()
    {
        // (1) a put is asked for at 0 s and durable at once; (2) its completion comes at 6.5 s; (3) the next put hangs.
        // A rival that has seen the record at 0 s may act at 10 s, so this one is silent from 7 s on, not from 13.5 s
        // on.
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Hold);
        _cluster.Send(N1, new LocateShard(new ShardId(6), G1));
        _cluster.Advance(6.5);
        _cluster.Nodes.ReleaseAll();
        Assert.IsType<HeartbeatReply>(_cluster.Ask(N1, new Heartbeat(G1)));
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Hold);
        _cluster.Advance(0.5);
        Assert.Null(Assert.IsType<NotPrimary>(_cluster.Ask(N1, new Heartbeat(G1))).Primary);
    }

    [Fact]
    public void Heartbeat_WhileTheClaimLasts_NeedsNoLog()
    {
        _cluster.Advance(1);
        _cluster.Let(static packet => packet is Packet.Store, Fate.Hold);
        Assert.Equal(new HeartbeatReply(N1, new Term(1)), _cluster.Ask(N1, new Heartbeat(G1)));
        Assert.IsType<ShadowStatusReply>(_cluster.Ask(N1, new QueryShadowStatus()));
    }

    [Fact]
    public void StoreRefusesADecision_TheCallerIsToldAndThePrimaryGoesOn()
    {
        _cluster.Advance(0.3);
        _cluster.Let(
            static packet => packet is Packet.Store { Request: StoreRequest.Put or StoreRequest.Probe },
            Fate.Fail);
        _cluster.Refused(N1, new LocateShard(new ShardId(1), null), MasterRefusalKind.Unavailable);
        _cluster.Refused(N1, new QueryConfig(null), MasterRefusalKind.Unavailable);
        Assert.Empty(_cluster.Node(N1).Undurable);
        _cluster.Heal();
        Assert.NotNull(_cluster.Locate(N1, 1).Owner);
    }

    [Fact]
    public void PrimaryChangedFromARival_MakesThePrimaryAskItsLogAtOnce()
    {
        _cluster.Let(static packet => IsCall<LogGrew>(packet, N1), Fate.Lose);
        _cluster.Ask(N2, new TriggerFailover(N1));
        _cluster.Nodes.Run();
        Assert.Equal(LogRole.Following, _cluster.Node(N1).Role);
    }

    private static void AssertRedirected(Message? reply)
    {
        // Either master may be asked for the status, and a change to n2 has come about: what counts is who is named.
        MasterName? primary = reply switch
        {
            ShadowStatusReply status => status.Primary,
            SwitchoverReply done => done.Primary,
            _ => Assert.IsType<NotPrimary>(reply).Primary,
        };
        Assert.True(primary is null || primary == N2, $"{reply}");
    }
}
