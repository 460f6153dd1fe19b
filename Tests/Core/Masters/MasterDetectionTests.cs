using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.MasterCluster;

namespace OrleansShards.Tests.Core.Masters;

public sealed class MasterDetectionTests
{
    private readonly MasterCluster _cluster = Founded();

    [Fact]
    public void PrimaryDead_ShadowLeadsAfterExactlyTheConfiguredSilence()
    {
        MasterCluster cluster = Founded(configure: static config => config with
        {
            DetectAfter = TimeSpan.FromSeconds(4),
            Log = config.Log with { SelfStopAfter = TimeSpan.FromSeconds(2) },
        });
        cluster.Locate(N1, 3, "g2");
        Instant lastSign = cluster.Nodes.Now;
        cluster.Advance(0.5);
        cluster.Crash(N1);

        cluster.UntilLeads(N2);

        Assert.Equal(TimeSpan.FromSeconds(4), cluster.Nodes.Now - lastSign);
        Assert.Equal("g2", cluster.Locate(N2, 3).Owner!.Value.Value);
        TakeoverRecord record = cluster.Node(N2).State.NewestTakeover!;
        Assert.Equal((TakeoverReason.HeartbeatsMissed, new Term(2)), (record.Reason, record.Term));
        Assert.Equal((N1, N2), (record.From, record.To));
        Assert.Equal((4_000_000, 4_000), (record.Phases.DetectUs, record.FailoverTimeMs));
        Assert.Contains(new PrimaryChanged(N2, new Term(2)), cluster.Nodes.Published);
    }

    [Fact]
    public void PrimaryIdle_ItsHeartbeatsKeepTheShadowFromLeading()
    {
        _cluster.Advance(60);
        Assert.Equal(LogRole.Leading, _cluster.Node(N1).Role);
        Assert.Equal(new Term(1), _cluster.Node(N2).Applied.Term);
        Assert.Single(_cluster.Decisions);
    }

    [Fact]
    public void ShadowPausedItself_CountsAnewFromWhenItWoke()
    {
        _cluster.Crash(N1);
        _cluster.Advance(6);
        TestCluster.Pause(_cluster.Run(N2));
        _cluster.Advance(6);
        _cluster.Nodes.Resume(_cluster.Run(N2));
        Instant woke = _cluster.Nodes.Now;

        _cluster.UntilLeads(N2);

        // It notices with its first tick, at most 100 ms after it woke.
        Assert.InRange((_cluster.Nodes.Now - woke).TotalSeconds, 10, 10.11);
    }

    [Fact]
    public void ShadowPausedItself_LivingPrimaryIsNotDeposed()
    {
        for (int i = 0; i < 3; i++)
        {
            TestCluster.Pause(_cluster.Run(N2));
            _cluster.Advance(30);
            _cluster.Let(static packet => IsStore<StoreRequest.Read>(packet, N2), Fate.Hold);
            _cluster.Nodes.Resume(_cluster.Run(N2));
            _cluster.Advance(0.5);
            _cluster.Nodes.ReleaseAll();
            _cluster.Advance(1);
        }

        Assert.Equal(LogRole.Leading, _cluster.Node(N1).Role);
        Assert.Empty(_cluster.Node(N1).State.Takeovers);
    }

    [Theory]
    [InlineData(Fate.Fail)]
    [InlineData(Fate.Hold)]
    public void ShadowCannotRead_JudgesNothing(Fate fate)
    {
        // Whether its reads fail or hang, what it has not seen is no evidence.
        _cluster.Let(static packet => IsStore<StoreRequest.Read>(packet, N2), fate);
        int puts = 0;
        _cluster.Nodes.FateOf = packet =>
        {
            puts += IsStore<StoreRequest.Put>(packet, N2) ? 1 : 0;
            return IsStore<StoreRequest.Read>(packet, N2) ? fate : Fate.Deliver;
        };
        _cluster.Advance(40);
        Assert.Equal(LogRole.Following, _cluster.Node(N2).Role);
        Assert.Equal(fate == Fate.Fail, _cluster.Node(N2).Stall is not null);

        _cluster.Nodes.ReleaseAll();
        _cluster.Advance(5);
        Assert.Equal(0, puts);
        Assert.Equal(LogRole.Leading, _cluster.Node(N1).Role);
        Assert.Equal(_cluster.Node(N1).Applied.Index, _cluster.Node(N2).Applied.Index);
    }

    [Fact]
    public void ShadowNotCaughtUp_WaitsAndThenTakesOver()
    {
        _cluster.Locate(N1, 1);
        _cluster.Crash(N1);
        _cluster.Crash(N2);
        _cluster.Let(static packet => IsStore<StoreRequest.ReadManifest>(packet, N2), Fate.Fail);
        _cluster.Start(N2);
        _cluster.Advance(30);
        Assert.Equal(LogRole.Loading, _cluster.Node(N2).Role);
        _cluster.Heal();
        Assert.InRange(_cluster.UntilLeads(N2).TotalSeconds, 0.05, 10.2);
        Assert.NotNull(_cluster.Locate(N2, 1).Owner);
    }

    [Fact]
    public void ShadowWithDamagedLog_NeverLeadsAndRaisesAnAlarm()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Lose);
        _cluster.Crash(N1);
        LogIndex next = _cluster.Log[^1].After.Index.Next();
        _cluster.Nodes.Store.Execute(new StoreRequest.Put(default, LogName.Master, next, new byte[] { 1, 2, 3 }));
        _cluster.Advance(40);

        Assert.Equal(LogRole.Faulted, _cluster.Node(N2).Role);
        Assert.Contains("record " + next, Assert.Single(_cluster.Nodes.Alarms), StringComparison.Ordinal);
        MasterRefusal refusal = Assert.IsType<MasterRefusal>(_cluster.Ask(N2, new TriggerFailover(N1)));
        Assert.Equal(MasterRefusalKind.Unavailable, refusal.Kind);
    }

    [Fact]
    public void PrimarysLateRecordWinsTheFencesNumber_CallsTheTakeoverOff()
    {
        // (1) the primary's put hangs in the store for 10 s; (2) the shadow decides; (3) the put wins the number that
        // the shadow's fence was for; (4) the shadow reads it: the primary lives.
        _cluster.Let(static packet => packet is Packet.Store { Request: StoreRequest.Put }, Fate.Hold);
        _cluster.Advance(10.5);
        Assert.Equal(LogRole.Opening, _cluster.Node(N2).Role);
        _cluster.Nodes.Release(_cluster.Nodes.Held.First(static packet => IsStore<StoreRequest.Put>(packet, N1)));
        _cluster.Nodes.Held.RemoveAll(static packet => IsStore<StoreRequest.Put>(packet, N1));
        _cluster.Nodes.ReleaseAll();

        Assert.Equal(LogRole.Following, _cluster.Node(N2).Role);
        _cluster.Advance(9);
        Assert.Equal(LogRole.Following, _cluster.Node(N2).Role);
    }

    [Fact]
    public void PrimaryWakesAndOpensATermAtTheSameNumber_TheLoserGivesWay()
    {
        TestCluster.Pause(_cluster.Run(N1));
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N2), Fate.Hold);
        _cluster.Advance(10.5);
        _cluster.Nodes.Resume(_cluster.Run(N1));
        _cluster.Advance(0.1);
        _cluster.UntilLeads(N1);
        _cluster.Nodes.ReleaseAll();
        _cluster.Advance(9);

        Assert.Equal(LogRole.Following, _cluster.Node(N2).Role);
        Assert.Equal(LogRole.Leading, _cluster.Node(N1).Role);
        Assert.Equal(TakeoverReason.Regained, Assert.Single(_cluster.Node(N1).State.Takeovers).Reason);
    }

    [Fact]
    public void PrimaryRestartsBeforeTheShadowActs_GoesOnInANewTerm()
    {
        ShardOwner owner = _cluster.Locate(N1, 1, "g3");
        _cluster.Crash(N1);
        _cluster.Advance(8);
        _cluster.Start(N1);
        _cluster.UntilLeads(N1, 1);
        _cluster.Advance(20);

        Assert.Equal(new Term(2), _cluster.Node(N1).Applied.Term);
        Assert.Equal(owner, _cluster.Locate(N1, 1));
        Assert.Equal(TakeoverReason.Restarted, Assert.Single(_cluster.Node(N1).State.Takeovers).Reason);
        Assert.Equal(new Term(2), _cluster.Node(N2).Applied.Term);
    }

    [Fact]
    public void PrimaryRestartsAfterTheShadowActed_BecomesTheShadow()
    {
        _cluster.Crash(N1);
        _cluster.UntilLeads(N2);
        _cluster.Start(N1);
        _cluster.Advance(30);

        Assert.Equal(LogRole.Following, _cluster.Node(N1).Role);
        Assert.Equal(LogRole.Leading, _cluster.Node(N2).Role);
        Assert.Equal(new ShadowStatusReply(N2, N1, 0, 0, 0, new Term(2)), _cluster.Ask(N1, new QueryShadowStatus()));
    }

    [Fact]
    public void BothRestart_WhoLedLast_LeadsAgain()
    {
        _cluster.Ask(N2, new TriggerFailover(N1));
        _cluster.Advance(2);
        ShardOwner owner = _cluster.Locate(N2, 1, "g3");
        _cluster.Crash(N1);
        _cluster.Crash(N2);
        _cluster.Advance(60);
        _cluster.Start(N1);
        _cluster.Start(N2);
        _cluster.UntilLeads(N2, 1);
        _cluster.Advance(20);

        Assert.Equal(owner, _cluster.Locate(N2, 1));
        Assert.Equal(LogRole.Following, _cluster.Node(N1).Role);
        Assert.Equal(
            [TakeoverReason.Requested, TakeoverReason.Restarted],
            _cluster.Node(N2).State.Takeovers.Select(static taken => taken.Reason));
    }

    [Fact]
    public void TwoRunsOfOneName_TheLaterLeadsAndTheyDoNotDuel()
    {
        TestNode first = _cluster.Run(N1);
        TestNode second = _cluster.Nodes.StartAnother(MasterCluster.At(N1));
        _cluster.Advance(30);

        Assert.Equal(LogRole.Following, ((MasterNode)first.Node).Role);
        Assert.Equal(LogRole.Leading, ((MasterNode)second.Node).Role);
        Assert.Equal(new Term(2), ((MasterNode)second.Node).Applied.Term);
    }

    [Fact]
    public void Detector_NeedsSilenceWakefulnessAndSight()
    {
        FailureDetector detector = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));
        for (double second = 0; second < 20; second += 0.5)
        {
            detector.Step(At(second));
            detector.OnRead(At(second));
            Assert.Equal(second >= 15, detector.IsPrimaryDead(At(second), grownAt: At(5)));
        }

        detector.Step(At(20.4));
        Assert.True(detector.IsPrimaryDead(At(20.4), At(5)));
        Assert.False(detector.IsPrimaryDead(At(20.6), At(5)));
        detector.Step(At(21.5));
        detector.OnRead(At(21.5));
        Assert.False(detector.IsPrimaryDead(At(21.5), At(5)));
    }

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds));
}
