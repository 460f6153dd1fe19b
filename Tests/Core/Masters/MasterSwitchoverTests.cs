using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.MasterCluster;

namespace OrleansShards.Tests.Core.Masters;

public sealed class MasterSwitchoverTests
{
    private readonly MasterCluster _cluster = Founded();

    [Fact]
    public void Healthy_IsTakenAtOnceAndTheOldPrimaryBecomesTheShadow()
    {
        ShardOwner owner = _cluster.Locate(N1, 0, "g3");
        Assert.Equal(new SwitchoverReply(N2, new Term(2), 0), _cluster.Ask(N1, new Switchover(N2)));
        Assert.Equal(owner, _cluster.Locate(N2, 0));
        _cluster.Advance(0.2);

        TakeoverRecord record = _cluster.Node(N2).State.NewestTakeover!;
        Assert.Equal((TakeoverReason.Switchover, 0), (record.Reason, record.Phases.DetectUs));
        Assert.Equal((N1, N2), (record.From, record.To));
        Assert.Equal(new ShadowStatusReply(N2, N1, 0, 0, 0, new Term(2)), _cluster.Ask(N1, new QueryShadowStatus()));
        Assert.Null(_cluster.Node(N1).State.Switchover);
    }

    [Fact]
    public void ThereAndBackManyTimes_EveryOneIsTaken()
    {
        for (ulong term = 2; term < 12; term++)
        {
            (MasterName from, MasterName to) = term % 2 == 0 ? (N1, N2) : (N2, N1);
            Assert.Equal(new SwitchoverReply(to, new Term(term), 0), _cluster.Ask(from, new Switchover(to)));
            _cluster.Locate(to, (int)term % 8);
            _cluster.Advance(0.1);
        }
    }

    [Fact]
    public void WhereItMakesNoSense_IsAnsweredAtOnce()
    {
        Assert.Equal(new SwitchoverReply(N1, new Term(1), 0), _cluster.Ask(N1, new Switchover(N1)));
        _cluster.Refused(N1, new Switchover(new MasterName("n3")), MasterRefusalKind.UnknownName);
        Assert.Equal(N1, Assert.IsType<NotPrimary>(_cluster.Ask(N2, new Switchover(N2))).Primary);
        MasterCluster single = Founded(single: true);
        Assert.Equal(new SwitchoverReply(N1, new Term(1), 0), single.Ask(N1, new Switchover(N1)));
        single.Refused(N1, new Switchover(N2), MasterRefusalKind.UnknownName);
        Assert.Single(_cluster.Decisions);
    }

    [Fact]
    public void Concurrent_AllGetTheSameAnswerFromOneHandOver()
    {
        TestCall[] calls = [.. Enumerable.Range(0, 3).Select(_ => _cluster.Send(N1, new Switchover(N2)))];
        _cluster.Nodes.Run();
        Assert.All(calls, static call => Assert.Equal(new SwitchoverReply(N2, new Term(2), 0), call.Reply));
        Assert.Single(_cluster.Decisions.OfType<MasterEntry.Switchover>());
    }

    [Fact]
    public void ShadowDead_OldPrimaryGoesOnAfter500msAndDecidesWhatItHeld()
    {
        _cluster.Crash(N2);
        TestCall change = _cluster.Send(N1, new Switchover(N2));
        _cluster.Advance(0.2);
        TestCall decision = _cluster.Send(N1, new LocateShard(new ShardId(0), new GroupId("g2")));
        TestCall read = _cluster.Send(N1, new QueryConfig(null));
        _cluster.Advance(0.2);
        Assert.Null(change.Reply);
        Assert.Null(decision.Reply);
        Assert.IsType<ConfigReply>(read.Reply);
        _cluster.Advance(0.1);

        MasterRefusal refusal = Assert.IsType<MasterRefusal>(change.Reply);
        Assert.Equal((MasterRefusalKind.Unavailable, N1), (refusal.Kind, refusal.Primary));
        Assert.Contains("500 ms", refusal.Text, StringComparison.Ordinal);
        Assert.Equal("g2", Assert.IsType<ShardOwner>(decision.Reply).Owner!.Value.Value);

        // Neither now nor after a restart may the cancelled hand-over be taken.
        _cluster.Start(N2);
        _cluster.Advance(15);
        Assert.Equal(LogRole.Following, _cluster.Node(N2).Role);
        Assert.Equal(LogRole.Leading, _cluster.Node(N1).Role);
    }

    [Fact]
    public void CancellationWinsTheFencesNumber_TheShadowGivesUp()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N2), Fate.Hold);
        TestCall change = _cluster.Send(N1, new Switchover(N2));
        _cluster.Advance(0.6);
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(change.Reply).Kind);
        Assert.Equal(LogRole.Opening, _cluster.Node(N2).Role);
        _cluster.Nodes.ReleaseAll();
        _cluster.Advance(5);

        Assert.Equal(LogRole.Following, _cluster.Node(N2).Role);
        Assert.Equal(LogRole.Leading, _cluster.Node(N1).Role);
        Assert.Equal(new Term(1), _cluster.Node(N1).Applied.Term);
    }

    [Fact]
    public void FenceWinsTheCancellationsNumber_IsASuccess()
    {
        _cluster.Let(
            static packet => IsCall<LogGrew>(packet, N1) || IsStore<StoreRequest.Probe>(packet, N1)
                || (IsStore<StoreRequest.Put>(packet, N1) && HoldsCancellation(packet)), Fate.Hold);
        TestCall change = _cluster.Send(N1, new Switchover(N2));
        _cluster.Nodes.LosesPublished = true;
        _cluster.Advance(0.6);
        Assert.Null(change.Reply);
        _cluster.Nodes.ReleaseAll();
        _cluster.Advance(0.1);

        Assert.Equal(new SwitchoverReply(N2, new Term(2), 600), change.Reply);
        Assert.DoesNotContain(_cluster.Decisions, static entry => entry is MasterEntry.SwitchoverCancelled);
    }

    [Fact]
    public void NewPrimarysNoticeIsLost_ItsWordThatTheLogHasGrownIsEnough()
    {
        _cluster.Nodes.LosesPublished = true;
        Assert.Equal(new SwitchoverReply(N2, new Term(2), 0), _cluster.Ask(N1, new Switchover(N2)));
    }

    [Fact]
    public void NewPrimarysWordIsLost_TheOldOneLearnsFromTheLogAtItsNextTick()
    {
        _cluster.Let(static packet => IsCall<LogGrew>(packet, N1), Fate.Lose);
        _cluster.Nodes.LosesPublished = true;
        TestCall change = _cluster.Send(N1, new Switchover(N2));
        _cluster.Advance(0.2);
        Assert.Equal(new SwitchoverReply(N2, new Term(2), 100), change.Reply);
    }

    [Fact]
    public void Taken_DecisionsThatWereHeldAreRefusedWithCertainty()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N2), Fate.Hold);
        _cluster.Send(N1, new Switchover(N2));
        TestCall decision = _cluster.Send(N1, new LocateShard(new ShardId(0), null));
        _cluster.Advance(0.2);
        Assert.Null(decision.Reply);
        _cluster.Nodes.ReleaseAll();
        _cluster.Advance(0.1);

        Assert.IsType<NotPrimary>(decision.Reply);
        Assert.Null(_cluster.Node(N2).State.Find(new ShardId(0)));
    }

    [Fact]
    public void TooManyHeldOrWaiting_AreRefused()
    {
        MasterCluster cluster = Founded(configure: static config => config with { WaitingMax = 1 });
        cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N2), Fate.Hold);
        TestCall[] changes = [cluster.Send(N1, new Switchover(N2)), cluster.Send(N1, new Switchover(N2))];
        LocateShard locate = new(new ShardId(0), null);
        TestCall[] decisions = [cluster.Send(N1, locate), cluster.Send(N1, locate)];
        cluster.Nodes.Run();
        Assert.Null(changes[0].Reply);
        Assert.Null(decisions[0].Reply);
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(changes[1].Reply).Kind);
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(decisions[1].Reply).Kind);
    }

    [Fact]
    public void PrimaryCrashesAfterItsHandOver_TheShadowTakesItWithoutWaiting()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Read>(packet, N2), Fate.Hold);
        _cluster.Send(N1, new Switchover(N2));
        _cluster.Nodes.Run();
        _cluster.Crash(N1);
        _cluster.Nodes.ReleaseAll();
        Assert.InRange(_cluster.UntilLeads(N2).TotalSeconds, 0, 0.3);
        Assert.Equal(TakeoverReason.Switchover, Recorded(N2).Reason);
    }

    [Fact]
    public void PrimaryRestartsAfterItsHandOver_ItsNewTermMakesItStale()
    {
        _cluster.Crash(N2);
        _cluster.Send(N1, new Switchover(N2));
        _cluster.Nodes.Run();
        _cluster.Crash(N1);
        _cluster.Start(N1);
        int puts = 0;
        _cluster.Let(packet => IsStore<StoreRequest.Put>(packet, N1) && ++puts > 1, Fate.Hold);
        _cluster.UntilLeads(N1, 1);
        _cluster.Start(N2);
        _cluster.Advance(5);

        Assert.NotNull(_cluster.Node(N2).State.Switchover);
        Assert.Equal(LogRole.Following, _cluster.Node(N2).Role);
        Assert.Equal(new Term(2), _cluster.Node(N1).Applied.Term);
        _cluster.Nodes.ReleaseAll();
        _cluster.Advance(15);
        Assert.Null(_cluster.Node(N1).State.Switchover);
        Assert.Equal(LogRole.Following, _cluster.Node(N2).Role);
    }

    [Fact]
    public void BothRestartWithAHandOverOpen_WhoeverActsFirstLeadsAlone()
    {
        _cluster.Crash(N2);
        _cluster.Send(N1, new Switchover(N2));
        _cluster.Nodes.Run();
        _cluster.Crash(N1);
        _cluster.Start(N2);
        _cluster.UntilLeads(N2, 1);
        _cluster.Start(N1);
        _cluster.Advance(5);
        Assert.Equal(LogRole.Following, _cluster.Node(N1).Role);
        Assert.Equal(LogRole.Leading, _cluster.Node(N2).Role);
    }

    [Fact]
    public void NewPrimaryHasNotLoggedItsTakeover_NothingIsHandedOverYet()
    {
        int puts = 0;
        _cluster.Let(packet => IsStore<StoreRequest.Put>(packet, N2) && ++puts == 2, Fate.Fail);
        _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Nodes.Run();
        _cluster.Refused(N2, new Switchover(N1), MasterRefusalKind.Unavailable);
        Assert.Equal(new SwitchoverReply(N2, new Term(2), 0), _cluster.Ask(N2, new Switchover(N2)));
        _cluster.Advance(0.2);
        Assert.Equal(new SwitchoverReply(N1, new Term(3), 0), _cluster.Ask(N2, new Switchover(N1)));
    }

    [Fact]
    public void StoreRefusesTheHandOver_TheOldPrimaryGoesOn()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Fail);
        MasterRefusal refusal = Assert.IsType<MasterRefusal>(_cluster.Ask(N1, new Switchover(N2)));
        Assert.Equal(MasterRefusalKind.Unavailable, refusal.Kind);
        _cluster.Heal();
        Assert.NotNull(_cluster.Locate(N1, 0).Owner);
    }

    [Fact]
    public void StoreRefusesTheCancellation_ItIsTriedAgainBeforeAnythingIsDecided()
    {
        _cluster.Crash(N2);
        TestCall change = _cluster.Send(N1, new Switchover(N2));
        TestCall decision = _cluster.Send(N1, new LocateShard(new ShardId(0), null));
        _cluster.Nodes.Run();
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Fail);
        _cluster.Advance(1);
        Assert.Null(change.Reply);
        Assert.Null(decision.Reply);
        _cluster.Heal();
        _cluster.Advance(0.3);
        Assert.IsType<MasterRefusal>(change.Reply);
        Assert.IsType<ShardOwner>(decision.Reply);
        Assert.Single(_cluster.Decisions.OfType<MasterEntry.SwitchoverCancelled>());
    }

    [Fact]
    public void StoreRefusesTheOfferLate_ItsCancellationEndsNoOtherSwitchover()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Hold);
        TestCall first = _cluster.Send(N1, new Switchover(N2));
        _cluster.Advance(0.7);
        _cluster.Nodes.Release(Assert.Single(_cluster.Nodes.Held), Fate.Fail);
        _cluster.Nodes.Run();
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(first.Reply).Kind);
        Assert.True(HoldsCancellation(Assert.Single(_cluster.Nodes.Held)));

        TestCall second = _cluster.Send(N1, new Switchover(N2));
        TestCall decision = _cluster.Send(N1, new LocateShard(new ShardId(0), null));
        _cluster.Nodes.Run();
        _cluster.Nodes.ReleaseAll();
        Assert.Equal(new SwitchoverReply(N2, new Term(2), 0), second.Reply);
        Assert.IsType<NotPrimary>(decision.Reply);
    }

    [Fact]
    public void CannotBeSettled_CallersAreToldInTimeAndTheCancellationGoesOn()
    {
        _cluster.Crash(N2);
        TestCall change = _cluster.Send(N1, new Switchover(N2));
        TestCall decision = _cluster.Send(N1, new LocateShard(new ShardId(0), null));
        _cluster.Nodes.Run();
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Fail);
        _cluster.Advance(3.6);
        Assert.IsType<MasterUnknown>(change.Reply);
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(decision.Reply).Kind);
        _cluster.Heal();
        _cluster.Advance(0.3);
        Assert.NotNull(_cluster.Locate(N1, 0).Owner);
    }

    [Fact]
    public void PrimaryStopsItselfDuringTheHandOver_AndLeadsAgain_ItWasNotTaken()
    {
        (MasterCluster cluster, TestCall change) = WithoutStoreDuringASwitchover();
        cluster.Advance(1.6);
        Assert.NotEqual(LogRole.Leading, cluster.Node(N1).Role);
        Assert.Null(change.Reply);
        cluster.Heal();
        cluster.Advance(1);
        Assert.Equal(LogRole.Leading, cluster.Node(N1).Role);
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(change.Reply).Kind);
    }

    [Fact]
    public void PrimaryStopsItselfDuringTheHandOver_NobodyLeads_TheCallerIsToldInTime()
    {
        (MasterCluster cluster, TestCall change) = WithoutStoreDuringASwitchover();
        cluster.Advance(3.6);
        Assert.IsType<MasterUnknown>(change.Reply);
    }

    /// <summary>The primary has offered its role to a shadow that is down, cannot append any more, and stops itself after 1.5 s.</summary>
    private static (MasterCluster Cluster, TestCall Change) WithoutStoreDuringASwitchover()
    {
        MasterCluster cluster = Founded(configure: static config => config with
        {
            Log = config.Log with { SelfStopAfter = TimeSpan.FromSeconds(1.5) },
        });
        cluster.Crash(N2);
        TestCall change = cluster.Send(N1, new Switchover(N2));
        cluster.Nodes.Run();
        cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Fail);
        return (cluster, change);
    }

    private static bool HoldsCancellation(Packet packet) =>
        packet is Packet.Store { Request: StoreRequest.Put put }
        && put.Record.Span.IndexOf("\u0001\u0001\u0007"u8) >= 0;

    private TakeoverRecord Recorded(MasterName master)
    {
        _cluster.Advance(0.1);
        return _cluster.Node(master).State.NewestTakeover!;
    }
}
