using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.Moves.MoveCluster;

namespace OrleansShards.Tests.Core.Masters.Moves;

public sealed class MoveRequestTests
{
    private static readonly ShardId S0 = new(0);
    private readonly MoveCluster _cluster = new(
        static config => config with { MoveUndoWindow = TimeSpan.FromSeconds(30) });

    public static TheoryData<Message> Everything { get; } = new()
    {
        new JoinGroups([G1], false),
        new JoinGroups([new GroupId("g9")], false),
        new ForgetGroups([new GroupId("g9")]),
        new ForgetGroups([G3]),
        new LeaveGroups([G3], false),
        new LeaveGroups([G3], true),
        new PinShard(S0, G1, false),
        new PinShard(S0, G2, true),
        new MigrateShard(S0, G2),
        new MigrateShard(S0, G1),
        new MigrateShard(S0, G1) { Cancels = true },
        new UndoMove(S0),
        new QueryMove(S0),
        new DecideMove(S0, new MoveId(1), new Epoch(2), Receipt),
        new QueryMoveDecision(S0, new MoveId(1)),
    };

    [Theory]
    [MemberData(nameof(Everything))]
    public void PrimaryThatWasDeposed_AnswersNothingWithOk(Message request)
    {
        _cluster.Holds(G1, 0);
        TestNode sleeper = _cluster.Masters.Run(MasterCluster.N1);
        TestCluster.Pause(sleeper);
        TestCall asked = _cluster.Masters.Nodes.Send(MasterCluster.At(MasterCluster.N1), request);
        _cluster.Masters.UntilLeads(MasterCluster.N2);
        _cluster.Masters.Nodes.Resume(sleeper);
        _cluster.Masters.Nodes.Run();
        _cluster.Advance(2);

        Assert.IsType<NotPrimary>(asked.Reply);
        Assert.IsType<NotPrimary>(_cluster.Masters.Ask(MasterCluster.N1, request));
        Assert.DoesNotContain(_cluster.Masters.Decisions, static entry => entry is MasterEntry.OfGroups
            or MasterEntry.Pinned or MasterEntry.Wanted or MasterEntry.MoveCancelled or MasterEntry.SealDecided);
    }

    [Fact]
    public void JoinAndLeave_Repeated_AnswerTheSameAndDecideOnce()
    {
        _cluster.Holds(G1, 0, 1);
        Rebalanced left = _cluster.Ask<Rebalanced>(new LeaveGroups([G3, G2], false));
        int decisions = _cluster.Masters.Decisions.Count;
        Assert.Equal(left, _cluster.Ask<Rebalanced>(new LeaveGroups([G2, G3], false)));
        Assert.Equal(decisions, _cluster.Masters.Decisions.Count);
        Rebalanced joined = _cluster.Ask<Rebalanced>(new JoinGroups([G2], false));
        Assert.Equal(left.Epoch.Next(), joined.Epoch);
        Assert.Equal(joined, _cluster.Ask<Rebalanced>(new JoinGroups([G2, G1], false)));
        Assert.Equal([G1, G2], _cluster.Ask<ConfigReply>(new QueryConfig(null)).Groups);
        Assert.Equal([G1], _cluster.Ask<ConfigReply>(new QueryConfig(left.Epoch)).Groups);
        _cluster.Advance(0.2);
        Assert.Single(_cluster.State.ActiveMoves);
    }

    [Fact]
    public void Requests_AboutStrangers_AreRefused()
    {
        GroupId g9 = new("g9");
        ShardId s8 = new(8);
        _cluster.Ask<Rebalanced>(new LeaveGroups([G3], false));
        foreach (Message request in (Message[])
        [
            new LeaveGroups([g9], true), new PinShard(s8, G1, false),
            new PinShard(S0, g9, false), new MigrateShard(s8, G1), new MigrateShard(S0, g9), new UndoMove(s8),
            new QueryMove(s8), new DecideMove(s8, new MoveId(1), new Epoch(1), null),
            new QueryMoveDecision(s8, new MoveId(1)),
        ])
        {
            Refused(request, MasterRefusalKind.UnknownName);
        }

        foreach (Message request in (Message[])
        [
            new LeaveGroups([G1, G2], false), new LeaveGroups([G1, G2], true), new JoinGroups([], false),
            new JoinGroups([g9, new GroupId("n1")], false), new JoinGroups([new GroupId("g 9")], true), new ForgetGroups([]),
            new PinShard(S0, G3, false), new PinShard(S0, G3, true), new MigrateShard(S0, G3), new UndoMove(S0),
            new DecideMove(S0, new MoveId(1), new Epoch(1), null), new QueryMoveDecision(S0, new MoveId(1)),
        ])
        {
            Refused(request, MasterRefusalKind.WrongState);
        }
    }

    [Fact]
    public void Pin_OfAShardThatNobodyHas_AssignsItAndMovesNothing()
    {
        Rebalanced pinned = _cluster.Ask<Rebalanced>(new PinShard(S0, G2, false));
        Assert.Contains(new ShardMoved(S0, G2, new Epoch(1)), _cluster.Masters.Nodes.Published);
        Assert.Equal(pinned, _cluster.Ask<Rebalanced>(new PinShard(S0, G2, false)));
        Assert.Equal(G2, _cluster.Masters.Locate(MasterCluster.N1, 0).Owner);
        _cluster.Advance(0.3);
        Assert.Empty(_cluster.State.ActiveMoves);
    }

    [Fact]
    public void Migrate_OfAShardThatNobodyHas_AssignsItAndIsDone()
    {
        MoveStatus status = _cluster.Migrate(0, G2);
        Assert.Equal((MovePhase.None, true, G2, null), (status.Phase, status.IsDone, status.Source, status.Target));
        Assert.Equal(status, _cluster.Migrate(0, G2));
    }

    [Fact]
    public void Query_OfAShardThatWasNeverMoved_SaysNone()
    {
        MoveStatus nobody = _cluster.Status(0);
        Assert.Equal((MovePhase.None, true, null, Epoch.None), (nobody.Phase, nobody.IsDone, nobody.Source, nobody.Epoch));
        _cluster.Holds(G1, 0);
        Assert.Equal(G1, _cluster.Status(0).Source);
    }

    [Fact]
    public void Plan_ChangesNothingAndSaysSizesAndPause()
    {
        Moved();
        _cluster.Holds(G2, 1, 2, 3);
        _cluster.Holds(G3, 4, 5, 6);
        int decisions = _cluster.Masters.Decisions.Count;

        MovePlan plan = _cluster.Ask<MovePlan>(new LeaveGroups([G3], true));

        Assert.Equal([4, 5, 6], plan.Moves.Select(static move => move.Shard.Value));
        Assert.Equal([G1, G1, G1], plan.Moves.Select(static move => move.Target));
        Assert.Equal(new PlannedMove(new ShardId(4), G3, G1, 1004, 1500), plan.Moves[0]);
        PlannedMove pin = Assert.Single(_cluster.Ask<MovePlan>(new PinShard(S0, G3, true)).Moves);
        Assert.Equal(new PlannedMove(S0, G2, G3, 1000, 1500), pin);
        Assert.Empty(_cluster.Ask<MovePlan>(new PinShard(S0, G2, true)).Moves);
        Assert.Equal(decisions, _cluster.Masters.Decisions.Count);
    }

    [Fact]
    public void Plan_WhereASourceDoesNotAnswer_IsAnsweredWithoutItsSize()
    {
        _cluster.Holds(G1, 0);
        _cluster.Holds(G3, 1);
        _cluster.Silent.Add(G3);
        TestCall asked = _cluster.Masters.Send(MasterCluster.N1, new LeaveGroups([G3, G1], true));
        _cluster.Advance(0.8);
        Assert.Null(asked.Reply);
        _cluster.Advance(0.4);
        MovePlan plan = Assert.IsType<MovePlan>(asked.Reply);
        Assert.Equal([1000, null], plan.Moves.Select(static move => move.Bytes));
        Assert.Null(plan.Moves[0].PauseUs);
    }

    [Fact]
    public void Undo_MovesBackOnceHoweverOftenItIsAskedFor()
    {
        Moved();
        MoveStatus undo = _cluster.Ask<MoveStatus>(new UndoMove(S0));
        Assert.Equal((false, G2, G1), (undo.IsDone, undo.Source, undo.Target));
        _cluster.Advance(0.2);
        Assert.False(_cluster.Ask<MoveStatus>(new UndoMove(S0)).IsDone);
        Assert.Equal(MoveDecision.Committed, _cluster.Decide(0, 3, Receipt));
        _cluster.Advance(0.5);
        MoveStatus again = _cluster.Ask<MoveStatus>(new UndoMove(S0));
        Assert.Equal((MovePhase.Committed, true, G1), (again.Phase, again.IsDone, again.Target));
        _cluster.Advance(40);
        Assert.True(_cluster.Ask<MoveStatus>(new UndoMove(S0)).IsDone);
        Assert.Equal(2, _cluster.Masters.Decisions.OfType<MasterEntry.MoveBegun>().Count());
    }

    [Fact]
    public void Undo_AfterTheWindow_IsRefused()
    {
        Moved();
        _cluster.Advance(31);
        MasterRefusal late = Refused(new UndoMove(S0), MasterRefusalKind.WrongState);
        Assert.Contains("it could be undone for 30 s", late.Text, StringComparison.Ordinal);
    }

    // A simulator's seed found that a move that was committed and had not ended grew young with every other move's record.
    [Fact]
    public void Undo_AfterTheWindowOfAMoveThatHasNotEnded_IsRefused_WhateverElseMoved()
    {
        Moved();
        _cluster.Holds(G1, 1);
        _cluster.Migrate(0, G3);
        _cluster.Advance(0.2);
        _cluster.Silent.Add(G3);
        Assert.Equal(MoveDecision.Committed, _cluster.Decide(0, 3, Receipt));
        _cluster.Advance(20);
        _cluster.Migrate(1, G2);
        _cluster.Advance(11);
        Assert.True(_cluster.Active(0).IsCommitted);
        Assert.Contains("could be undone", UndoText(), StringComparison.Ordinal);
    }

    // The shadow's clock is wrong by an hour: it has seen the commit as it happened, and counts for itself.
    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    [InlineData(-60)]
    public void Undo_AfterATakeover_HasTheRestOfTheWindow(int minutesOff)
    {
        TimeSpan off = TimeSpan.FromMinutes(minutesOff);
        LetWallClocks(node => node.Node.Address.Name == "n2" ? off : TimeSpan.Zero);
        Moved();
        _cluster.Advance(20);
        Assert.IsType<SwitchoverReply>(_cluster.Masters.Ask(MasterCluster.N1, new Switchover(MasterCluster.N2)));
        _cluster.Primary = MasterCluster.N2;
        _cluster.Advance(5);
        Assert.DoesNotContain("could be undone", UndoText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-60)]
    public void Undo_AfterATakeoverAndTheWindow_IsRefused(int minutesOff)
    {
        TimeSpan off = TimeSpan.FromMinutes(minutesOff);
        LetWallClocks(node => node.Node.Address.Name == "n2" ? off : TimeSpan.Zero);
        Moved();
        _cluster.Advance(20);
        Assert.IsType<SwitchoverReply>(_cluster.Masters.Ask(MasterCluster.N1, new Switchover(MasterCluster.N2)));
        _cluster.Primary = MasterCluster.N2;
        _cluster.Advance(10);
        Assert.Contains("could be undone", UndoText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(29.5, true)]
    public void Undo_AfterBothMastersWereDown_CountsThatTime(double downSeconds, bool isLate)
    {
        LetWallClocks(static _ => TimeSpan.Zero);
        Moved();
        _cluster.Masters.Crash(MasterCluster.N1);
        _cluster.Masters.Crash(MasterCluster.N2);
        _cluster.Advance(downSeconds);
        _cluster.Masters.Start(MasterCluster.N1);
        _cluster.Masters.UntilLeads(MasterCluster.N1, 1);
        Assert.Equal(isLate, UndoText().Contains("could be undone", StringComparison.Ordinal));
    }

    // The choices are what the requests would be answered, without making them.
    [Fact]
    public void Choices_SayWhatAnUndoWouldBeAnswered()
    {
        _cluster.Holds(G1, 0);
        AssertUndoRefusal(Refused(new UndoMove(S0), MasterRefusalKind.WrongState).Text);
        _cluster.Migrate(0, G2);
        _cluster.Advance(0.2);
        Assert.Equal(MoveDecision.Committed, _cluster.Decide(0, 2, Receipt));
        _cluster.Advance(0.5);
        Assert.Equal(new MoveChoices(G1, null, null, false), _cluster.Status(0).Choices);
        _cluster.Advance(31);
        AssertUndoRefusal(Refused(new UndoMove(S0), MasterRefusalKind.WrongState).Text);
    }

    [Fact]
    public void Choices_OfWhatIsUndone_AreNone()
    {
        Moved();
        _cluster.Ask<MoveStatus>(new UndoMove(S0));
        Assert.Equal(new MoveChoices(null, null, null, false), _cluster.Status(0).Choices);
    }

    [Fact]
    public void Cancel_RestoresThePin_OnceHoweverOftenItIsAskedFor()
    {
        _cluster.Holds(G1, 0);
        Epoch pinnedAt = _cluster.Ask<Rebalanced>(new PinShard(S0, G1, false)).Epoch;
        _cluster.Ask<Rebalanced>(new PinShard(S0, G2, false));
        _cluster.Advance(0.2);
        Assert.Equal((MovePhase.Copying, true), (_cluster.Status(0).Phase, _cluster.Status(0).Choices!.RestoresPin));

        MigrateShard cancel = new(S0, G1) { Cancels = true };
        MoveStatus cancelled = _cluster.Ask<MoveStatus>(cancel);
        Assert.True(cancelled.IsDone);
        Assert.Equal(new ShardPin(G1, pinnedAt), _cluster.State.Pins[0]);
        int decisions = _cluster.Masters.Decisions.Count;
        Assert.True(_cluster.Ask<MoveStatus>(cancel).IsDone);
        Assert.Equal(decisions, _cluster.Masters.Decisions.Count);
    }

    [Fact]
    public void Cancel_OfAMigration_RestoresThePinThatItTookAway()
    {
        _cluster.Holds(G1, 0);
        Epoch pinnedAt = _cluster.Ask<Rebalanced>(new PinShard(S0, G1, false)).Epoch;
        _cluster.Migrate(0, G2);
        Assert.Empty(_cluster.State.Pins);
        _cluster.Ask<MoveStatus>(new MigrateShard(S0, G1) { Cancels = true });
        Assert.Equal(new ShardPin(G1, pinnedAt), _cluster.State.Pins[0]);
    }

    [Fact]
    public void Cancel_OfAShardWhoseGroupHasLeft_IsRefusedAndSaysWhatToDo()
    {
        _cluster.Holds(G1, 0);
        _cluster.Ask<Rebalanced>(new LeaveGroups([G1], false));
        string text = Refused(new MigrateShard(S0, G1) { Cancels = true }, MasterRefusalKind.WrongState).Text;
        Assert.Equal("shard 0 cannot stay at g1, which has left; expected that g1 joins again first", text);
        Assert.Equal(text, _cluster.Status(0).Choices!.CancelRefusal);
    }

    [Fact]
    public void Undo_WhereTheShardOrTheGroupIsGone_IsRefused()
    {
        Moved();
        _cluster.Ask<ShardOwner>(new ReportOwner(S0, G3, new Epoch(5), false));
        MasterRefusal gone = Refused(new UndoMove(S0), MasterRefusalKind.WrongState);
        Assert.Contains("handed on from g2", gone.Text, StringComparison.Ordinal);
        _cluster.Ask<ShardOwner>(new ReportOwner(S0, G2, new Epoch(6), false));
        _cluster.Ask<Rebalanced>(new LeaveGroups([G1], false));
        Assert.Contains(
            "not a member", Refused(new UndoMove(S0), MasterRefusalKind.WrongState).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_ThatIsDecided_AddsNothingToTheLog()
    {
        _cluster.Holds(G1, 0);
        _cluster.Migrate(0, G2);
        _cluster.Advance(0.2);
        Assert.IsType<MoveOpen>(_cluster.Masters.Ask(MasterCluster.N1, new QueryMoveDecision(S0, new MoveId(1))));
        Assert.Equal(MoveDecision.Cancelled, _cluster.Decide(0, 2, null));
        int decisions = _cluster.Masters.Decisions.Count;
        Assert.Equal(MoveDecision.Cancelled, _cluster.Decide(0, 2, Receipt));
        Assert.Equal(MoveDecision.Cancelled, _cluster.Decide(0, 2, null));
        Assert.Equal(decisions, _cluster.Masters.Decisions.Count);
        Assert.Equal(MoveDecision.Committed, _cluster.Decide(0, 3, Receipt));
        MoveDecided decided = _cluster.Ask<MoveDecided>(new QueryMoveDecision(S0, new MoveId(1)));
        Assert.Equal(new MoveDecided(new MoveId(1), new Epoch(3), MoveDecision.Committed), decided);
    }

    [Fact]
    public void ClusterStatus_ShowsMembersAndMoves()
    {
        _cluster.Ask<Rebalanced>(new LeaveGroups([G3], false));
        _cluster.Holds(G1, 0, 1, 2);
        _cluster.Migrate(0, G2);
        _cluster.Migrate(1, G2);
        _cluster.Migrate(2, G2);
        _cluster.Advance(0.2);
        ClusterStatusReply status = _cluster.Ask<ClusterStatusReply>(new QueryClusterStatus());
        Assert.Equal([G1, G2], status.Members);
        Assert.Equal([G1, G2, G3], status.Config.Groups);
        Assert.Equal([40, 40, 0], status.Moves.Select(static move => move.BytesDone));
        Assert.Equal([null, null, "waits for its turn"], status.Moves.Select(static move => move.Text));
    }

    [Fact]
    public void Config_SaysWhatIsWrong()
    {
        MasterConfig config = new() { Self = MasterCluster.N1, Definition = MasterStateTests.Cluster };
        Assert.Empty(config.Problems());
        Assert.Contains("0 moves at once", Problem(config with { MovesAtOnce = 0 }), StringComparison.Ordinal);
        Assert.Contains("rise", Problem(config with { MoveRetryFirst = TimeSpan.FromMinutes(1) }), StringComparison.Ordinal);
        Assert.Contains("given up", Problem(config with { MoveStallAfter = TimeSpan.FromSeconds(10) }), StringComparison.Ordinal);
        Assert.Contains("sizes", Problem(config with { PlanSizeLimit = TimeSpan.FromSeconds(4) }), StringComparison.Ordinal);
    }

    private static string Problem(MasterConfig config) => Assert.Single(config.Problems());

    private MasterRefusal Refused(Message request, MasterRefusalKind kind) =>
        _cluster.Masters.Refused(_cluster.Primary, request, kind);

    private void LetWallClocks(Func<TestNode, TimeSpan> off)
    {
        DateTimeOffset start = DateTimeOffset.UnixEpoch.AddYears(60);
        _cluster.Masters.Nodes.WallClock = node => start + _cluster.Masters.Nodes.Now.SinceStart + off(node);
        _cluster.Advance(0.1);
    }

    // The seconds that have passed are counted anew.
    private void AssertUndoRefusal(string refused) =>
        Assert.Equal(refused.Split(" ago")[^1], _cluster.Status(0).Choices!.UndoRefusal!.Split(" ago")[^1]);

    private string UndoText() => _cluster.Masters.Ask(_cluster.Primary, new UndoMove(S0)) is MasterRefusal refusal ? refusal.Text : "";

    /// <summary>Shard 0 has moved from g1 to g2, at epoch 2.</summary>
    private void Moved()
    {
        _cluster.Holds(G1, 0);
        _cluster.Migrate(0, G2);
        _cluster.Advance(0.2);
        Assert.Equal(MoveDecision.Committed, _cluster.Decide(0, 2, Receipt));
        _cluster.Advance(0.5);
        Assert.Empty(_cluster.State.ActiveMoves);
    }
}
