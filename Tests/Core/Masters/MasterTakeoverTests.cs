using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.MasterCluster;

namespace OrleansShards.Tests.Core.Masters;

public sealed class MasterTakeoverTests
{
    private readonly MasterCluster _cluster = Founded();

    [Theory]
    [InlineData("n1")]
    [InlineData("n2")]
    public void TriggerFailover_AtEitherMaster_DeposesAndRepeatsTheSameAnswer(string asked)
    {
        MasterName at = new(asked);
        FailoverReply reply = Assert.IsType<FailoverReply>(_cluster.Ask(at, new TriggerFailover(N1)));
        Assert.Equal(N2, reply.NewPrimary);
        _cluster.Advance(3);
        Assert.Equal(LogRole.Following, _cluster.Node(N1).Role);
        int decisions = _cluster.Decisions.Count;

        Assert.Equal(reply, _cluster.Ask(N2, new TriggerFailover(N1)));
        Assert.Equal(reply, _cluster.Ask(N1, new TriggerFailover(N1)));
        Assert.Equal(decisions, _cluster.Decisions.Count);
        _cluster.Crash(N2);
        _cluster.Start(N2);
        _cluster.UntilLeads(N2);
        Assert.Equal(reply, _cluster.Ask(N2, new TriggerFailover(N1)));
        Assert.Equal(TakeoverReason.Restarted, _cluster.Node(N2).State.NewestTerm!.Reason);
    }

    [Fact]
    public void TriggerFailover_ThereAndBack_TheOlderAnswerIsNoLongerGiven()
    {
        _cluster.Ask(N2, new TriggerFailover(N1));
        _cluster.Advance(2);
        FailoverReply back = Assert.IsType<FailoverReply>(_cluster.Ask(N1, new TriggerFailover(N2)));
        _cluster.Advance(2);
        Assert.Equal(N1, back.NewPrimary);
        Assert.Equal(back, _cluster.Ask(N1, new TriggerFailover(N2)));
        FailoverReply again = Assert.IsType<FailoverReply>(_cluster.Ask(N1, new TriggerFailover(N1)));
        Assert.Equal(N2, again.NewPrimary);
        Assert.Equal(new Term(4), _cluster.Node(N2).Applied.Term);
    }

    [Fact]
    public void TriggerFailover_UnreadEntries_AreReplayedCountedAndTimed()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Read>(packet, N2), Fate.Hold);
        _cluster.Advance(0.2);
        for (int shard = 0; shard < 5; shard++)
            _cluster.Locate(N1, shard, "g3");

        TestCall first = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Advance(0.3);
        TestCall second = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Nodes.Run();
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N2), Fate.Hold);
        _cluster.Nodes.Held.ToList().ForEach(_cluster.Nodes.Release);
        _cluster.Advance(0.2);
        Assert.Null(first.Reply);
        _cluster.Nodes.ReleaseAll();

        Assert.Equal(new FailoverReply(N2, 5, 500), first.Reply);
        Assert.Equal(first.Reply, second.Reply);
        Assert.Equal(new TakeoverPhases(0, 300_000, 200_000, 0, null), _cluster.Node(N2).State.NewestTakeover!.Phases);
        Assert.Equal(5, _cluster.Node(N2).State.MapEpoch.Value - 1.0);
        Assert.Single(_cluster.Decisions.OfType<MasterEntry.TakenOver>());
    }

    [Fact]
    public void TriggerFailover_AnsweredOnlyWhenItsRecordIsDurable()
    {
        int puts = 0;
        _cluster.Let(packet => IsStore<StoreRequest.Put>(packet, N2) && ++puts > 1, Fate.Hold);
        TestCall call = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Nodes.Run();
        Assert.Equal(LogRole.Leading, _cluster.Node(N2).Role);
        Assert.Null(call.Reply);
        TestCall joined = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Nodes.ReleaseAll();
        Assert.IsType<FailoverReply>(call.Reply);
        Assert.Equal(call.Reply, joined.Reply);
    }

    [Fact]
    public void TriggerFailover_RecordRefusedByTheStore_IsProposedAgain()
    {
        int puts = 0;
        _cluster.Let(packet => IsStore<StoreRequest.Put>(packet, N2) && ++puts == 2, Fate.Fail);
        TestCall call = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Nodes.Run();
        Assert.Null(call.Reply);
        _cluster.Advance(0.2);
        Assert.IsType<FailoverReply>(call.Reply);
    }

    [Fact]
    public void TriggerFailover_WhereItMakesNoSense_IsRefused()
    {
        Refused(N1, "n3", MasterRefusalKind.UnknownName);
        Refused(N2, "n3", MasterRefusalKind.UnknownName);
        Assert.Equal(N1, Refused(N1, "n2", MasterRefusalKind.WrongState).Primary);
        Assert.Equal(N1, Refused(N2, "n2", MasterRefusalKind.WrongState).Primary);
        MasterCluster single = Founded(single: true);
        single.Refused(N1, new TriggerFailover(N1), MasterRefusalKind.WrongState);
        Assert.Single(_cluster.Decisions);
    }

    [Fact]
    public void TriggerFailover_AfterASwitchover_IsNotThatTakeover()
    {
        Assert.IsType<SwitchoverReply>(_cluster.Ask(N1, new Switchover(N2)));
        Assert.Equal(N2, Refused(N2, "n1", MasterRefusalKind.WrongState).Primary);
    }

    [Fact]
    public void TriggerFailover_ShadowDown_IsRefusedAtThePrimaryAndChangesNothing()
    {
        _cluster.Crash(N2);
        Refused(N1, "n1", MasterRefusalKind.Unavailable);
        Assert.Equal(LogRole.Leading, _cluster.Node(N1).Role);
    }

    [Fact]
    public void TriggerFailover_ShadowSilent_IsUnknownAtThePrimaryAfter4s()
    {
        _cluster.Let(static packet => IsCall<TriggerFailover>(packet, N2), Fate.Lose);
        TestCall call = _cluster.Send(N1, new TriggerFailover(N1));
        _cluster.Advance(3.9);
        Assert.Null(call.Reply);
        _cluster.Advance(0.1);
        Assert.IsType<MasterUnknown>(call.Reply);
    }

    [Fact]
    public void TriggerFailover_TooManyPassedOn_AreRefused()
    {
        MasterCluster cluster = Founded(configure: static config => config with { WaitingMax = 1 });
        cluster.Let(static packet => IsCall<TriggerFailover>(packet, N2), Fate.Hold);
        TestCall first = cluster.Send(N1, new TriggerFailover(N1));
        TestCall second = cluster.Send(N1, new TriggerFailover(N1));
        cluster.Nodes.Run();
        Assert.Null(first.Reply);
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(second.Reply).Kind);
    }

    [Fact]
    public void TriggerFailover_ReadsFail_IsRefusedWithTheReasonAndNeverComesAbout()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Read>(packet, N2), Fate.Fail);
        TestCall call = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Advance(3.4);
        Assert.Null(call.Reply);
        _cluster.Advance(0.1);
        MasterRefusal refusal = Assert.IsType<MasterRefusal>(call.Reply);
        Assert.Equal(MasterRefusalKind.Unavailable, refusal.Kind);
        Assert.Contains("the test says so", refusal.Text, StringComparison.Ordinal);

        _cluster.Heal();
        _cluster.Advance(5);
        Assert.Equal(LogRole.Leading, _cluster.Node(N1).Role);
        Assert.Equal(LogRole.Following, _cluster.Node(N2).Role);
    }

    [Fact]
    public void TriggerFailover_FenceHangs_IsUnknownAndAnsweredWhenAskedAgain()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N2), Fate.Hold);
        TestCall call = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Crash(N1);
        _cluster.Advance(3.6);
        Assert.IsType<MasterUnknown>(call.Reply);
        _cluster.Nodes.ReleaseAll();
        _cluster.Advance(0.2);
        FailoverReply reply = Assert.IsType<FailoverReply>(_cluster.Ask(N2, new TriggerFailover(N1)));
        Assert.InRange(reply.FailoverTimeMs, 3600, 3700);
    }

    [Fact]
    public void TriggerFailover_ShadowStillLoading_WaitsForIt()
    {
        _cluster.Crash(N2);
        _cluster.Let(static packet => IsStore<StoreRequest.ReadManifest>(packet, N2), Fate.Hold);
        _cluster.Start(N2);
        TestCall first = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Advance(3.6);
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(first.Reply).Kind);
        TestCall second = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Advance(0.2);
        _cluster.Nodes.ReleaseAll();
        Assert.IsType<FailoverReply>(second.Reply);
    }

    [Fact]
    public void TriggerFailover_NewPrimaryStopsItselfBeforeItsRecord_IsUnknown()
    {
        MasterCluster cluster = Founded(configure: static config => config with
        {
            Log = config.Log with { SelfStopAfter = TimeSpan.FromSeconds(1.5) },
        });
        int puts = 0;
        cluster.Let(packet => IsStore<StoreRequest.Put>(packet, N2) && ++puts > 1, Fate.Hold);
        TestCall call = cluster.Send(N2, new TriggerFailover(N1));
        cluster.Advance(1.7);
        Assert.IsType<MasterUnknown>(call.Reply);
        cluster.Nodes.ReleaseAll();
        cluster.UntilLeads(N2, 2);
        cluster.Advance(0.1);
        Assert.IsType<FailoverReply>(cluster.Ask(N2, new TriggerFailover(N1)));
    }

    [Fact]
    public void TriggerFailover_TooManyWhileLoading_AreRefused()
    {
        MasterCluster cluster = new(configure: static config => config with { WaitingMax = 1 });
        cluster.Let(static packet => packet is Packet.Store, Fate.Hold);
        cluster.Start(N2);
        TestCall first = cluster.Send(N2, new TriggerFailover(N1));
        TestCall second = cluster.Send(N2, new TriggerFailover(N1));
        cluster.Nodes.Run();
        Assert.Null(first.Reply);
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(second.Reply).Kind);
    }

    [Fact]
    public void TriggerFailover_TooMany_AreRefused()
    {
        MasterCluster cluster = Founded(configure: static config => config with { WaitingMax = 1 });
        cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N2), Fate.Hold);
        TestCall first = cluster.Send(N2, new TriggerFailover(N1));
        TestCall second = cluster.Send(N2, new TriggerFailover(N1));
        cluster.Nodes.Run();
        Assert.Null(first.Reply);
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(second.Reply).Kind);
    }

    [Fact]
    public void TriggerFailover_JoinsADetectionThatIsUnderWay_AndIsNotCalledOffByASignOfLife()
    {
        _cluster.Let(static packet => packet is Packet.Store { Request: StoreRequest.Put }, Fate.Hold);
        _cluster.Advance(10.5);
        TestCall call = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Nodes.Run();
        _cluster.Nodes.Release(_cluster.Nodes.Held.First(static packet => IsStore<StoreRequest.Put>(packet, N1)));
        _cluster.Nodes.Held.RemoveAll(static packet => IsStore<StoreRequest.Put>(packet, N1));
        _cluster.Nodes.ReleaseAll();

        FailoverReply reply = Assert.IsType<FailoverReply>(call.Reply);
        Assert.Equal((N2, 0), (reply.NewPrimary, reply.EntriesReplayed));
        Assert.Equal(TakeoverReason.HeartbeatsMissed, _cluster.Node(N2).State.NewestTakeover!.Reason);
    }

    [Fact]
    public void TriggerFailover_JoinsAPlannedChange_WhoseCancellationThenWins_GoesOnAsARequestedOne()
    {
        _cluster.Let(static packet => IsStore<StoreRequest.Put>(packet, N2), Fate.Hold);
        TestCall change = _cluster.Send(N1, new Switchover(N2));
        _cluster.Nodes.Run();
        TestCall request = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Advance(0.6);
        Assert.Equal(MasterRefusalKind.Unavailable, Assert.IsType<MasterRefusal>(change.Reply).Kind);
        _cluster.Nodes.ReleaseAll();

        Assert.IsType<FailoverReply>(request.Reply);
        Assert.Equal(request.Reply, _cluster.Ask(N2, new TriggerFailover(N1)));
        Assert.Equal(TakeoverReason.Requested, _cluster.Node(N2).State.NewestTakeover!.Reason);
    }

    [Fact]
    public void TriggerFailover_WhenAPlannedChangeIsAlreadyMade_IsRefusedAndStaysRefused()
    {
        int puts = 0;
        _cluster.Let(packet => IsStore<StoreRequest.Put>(packet, N2) && ++puts > 1, Fate.Hold);
        _cluster.Send(N1, new Switchover(N2));
        _cluster.Nodes.Run();
        Assert.Equal(LogRole.Leading, _cluster.Node(N2).Role);
        TestCall request = _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Nodes.Run();
        Assert.Null(request.Reply);
        _cluster.Nodes.ReleaseAll();

        Assert.Equal(MasterRefusalKind.WrongState, Assert.IsType<MasterRefusal>(request.Reply).Kind);
        Refused(N2, "n1", MasterRefusalKind.WrongState);
    }

    [Fact]
    public void NewPrimaryCrashesBetweenFenceAndRecord_TheRecordIsMadeUpForAfterItsRestart()
    {
        int puts = 0;
        _cluster.Let(packet => IsStore<StoreRequest.Put>(packet, N2) && ++puts == 2, Fate.Lose);
        _cluster.Send(N2, new TriggerFailover(N1));
        _cluster.Nodes.Run();
        _cluster.Crash(N2);
        _cluster.Heal();
        _cluster.Advance(2);

        // Who has fenced the log has not yet said so in it: the old primary cannot tell what to answer.
        Assert.IsType<NotPrimary>(_cluster.Ask(N1, new TriggerFailover(N1)));
        _cluster.Start(N2);
        _cluster.UntilLeads(N2, 1);

        _cluster.Advance(0.1);
        TakeoverRecord record = _cluster.Node(N2).State.NewestTakeover!;
        Assert.Equal((TakeoverReason.Resumed, new Term(3)), (record.Reason, record.Term));
        Assert.Equal((N1, N2), (record.From, record.To));
        Assert.Equal(record.Reply(), _cluster.Ask(N2, new TriggerFailover(N1)));
    }

    [Fact]
    public void Redirect_EndsWhenEveryGroupHasSentItsHeartbeat()
    {
        _cluster.Start(new GroupId("g1"), new GroupId("g2"), new GroupId("g3"));
        _cluster.Advance(1);
        _cluster.Let(
            static packet => packet is Packet.Call { Request: Heartbeat, From.Node.Address.Name: "g2" }, Fate.Hold);
        _cluster.Ask(N2, new TriggerFailover(N1));
        _cluster.Advance(0.3);
        Assert.Null(_cluster.Node(N2).State.NewestTakeover!.Phases.RedirectUs);
        _cluster.Nodes.ReleaseAll();
        _cluster.Advance(0.1);
        Assert.InRange(_cluster.Node(N2).State.NewestTakeover!.Phases.RedirectUs!.Value, 300_000, 400_000);
    }

    [Fact]
    public void Redirect_GroupsDead_EndsAfterTheLimit()
    {
        _cluster.Ask(N2, new TriggerFailover(N1));
        _cluster.Advance(3);
        Assert.Equal(1_000_000, _cluster.Node(N2).State.NewestTakeover!.Phases.RedirectUs);
        Assert.Single(_cluster.Decisions.OfType<MasterEntry.Redirected>());
    }

    private MasterRefusal Refused(MasterName at, string failed, MasterRefusalKind expected) =>
        _cluster.Refused(at, new TriggerFailover(new MasterName(failed)), expected);
}
