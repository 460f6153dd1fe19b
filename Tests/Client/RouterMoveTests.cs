using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using static OrleansShards.Tests.Client.RouterHarness;

namespace OrleansShards.Tests.Client;

/// <summary>A move is followed until it is at its end, through all that happens to masters and messages meanwhile.</summary>
public sealed class RouterMoveTests
{
    private static readonly NodeAddress AtN1 = NodeAddress.Of(N1);
    private static readonly NodeAddress AtN2 = NodeAddress.Of(N2);
    private static readonly GroupId G3 = new("g3");
    private readonly RouterHarness _router = new();

    [Fact]
    public void Move_UnderWay_IsFollowedWithPausesUntilTheTargetServes()
    {
        ulong ticket = Migrate();
        Answer(AtN1, new MigrateShard(Shard, G2), Status(MovePhase.Copying));
        foreach (int pause in (int[])[20, 40, 80, 100, 100])
        {
            _router.Pass(pause - 1);
            Assert.Empty(_router.Calls);
            _router.Pass(1);
            Answer(AtN1, new QueryMove(Shard), Status(MovePhase.Frozen));
        }

        _router.Pass(100);
        Answer(AtN1, new QueryMove(Shard), Status(MovePhase.Committed));
        _router.Pass(100);
        MoveStatus end = Status(MovePhase.Committed, isDone: true);
        Answer(AtN1, new QueryMove(Shard), end);

        Assert.Equal(end, Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]).Reply);
    }

    [Fact]
    public void Move_WhereTheShardIsThere_EndsAtOnce()
    {
        ulong ticket = Migrate();
        Answer(AtN1, new MigrateShard(Shard, G2), Status(MovePhase.None, isDone: true));
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Move_BackToWhereItNeverLeft_IsApplied()
    {
        // Its last move was aborted, so the shard still is where it is wanted.
        ulong ticket = Migrate(G1);
        Answer(AtN1, new MigrateShard(Shard, G1), Status(MovePhase.Aborted, isDone: true));
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Move_WhoseRequestIsLost_IsAskedForAgainLongBeforeTheDeadline()
    {
        Migrate();
        _router.Take(AtN1);
        _router.Pass(1499);
        Assert.Empty(_router.Calls);
        _router.Pass(1);
        _router.Pass(5);
        Assert.Equal(new MigrateShard(Shard, G2), _router.Take(AtN2).Request);
    }

    [Fact]
    public void Move_FollowedThroughATakeover_AsksTheNewPrimary()
    {
        ulong ticket = Migrate();
        Answer(AtN1, new MigrateShard(Shard, G2), Status(MovePhase.Copying));
        _router.Pass(20);
        _router.Answer(_router.Take(AtN1), new NotPrimary(N2, new Term(2), "n2 leads"));
        Answer(AtN2, new QueryMove(Shard), Status(MovePhase.Committed, isDone: true));
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Move_ThatAnotherOneKeepsWaiting_IsAskedForAgain()
    {
        // A committed move is not turned round: the shard has to be there first.
        ulong ticket = Migrate();
        Answer(AtN1, new MigrateShard(Shard, G2), Status(MovePhase.Committed) with { Target = G3 });
        _router.Pass(20);
        Answer(AtN1, new MigrateShard(Shard, G2), Status(MovePhase.Copying) with { Source = G3 });
        _router.Pass(40);
        Answer(AtN1, new QueryMove(Shard), Status(MovePhase.Committed, isDone: true) with { Source = G3 });
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Move_Aborted_IsRejectedWithTheReason()
    {
        ulong ticket = Migrate();
        Answer(AtN1, new MigrateShard(Shard, G2), Status(MovePhase.Copying));
        _router.Pass(20);
        Answer(AtN1, new QueryMove(Shard), Status(MovePhase.Aborted, isDone: true) with { Text = "g2 is silent" });

        var refusal = Assert.IsType<MasterRefusal>(Assert.IsType<ClientOutcome.Rejected>(_router.Outcomes[ticket]).Reply);
        Assert.Equal(
            (MasterRefusalKind.WrongState, "the move of shard 3 from g1 to g2 was aborted (g2 is silent)"),
            (refusal.Kind, refusal.Text));
    }

    [Fact]
    public void Move_AbortedAndTriedAgain_IsFollowed()
    {
        ulong ticket = Migrate();
        Answer(AtN1, new MigrateShard(Shard, G2), Status(MovePhase.Aborted));
        _router.Pass(20);
        Answer(AtN1, new QueryMove(Shard), Status(MovePhase.Committed, isDone: true));
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Move_AbortedAfterALostRequest_IsUnknown()
    {
        // The lost one may still arrive, and begin the move anew.
        ulong ticket = Migrate();
        _router.Fail(_router.Take(AtN1), delivered: true);
        _router.Pass(5);
        Answer(AtN2, new MigrateShard(Shard, G2), Status(MovePhase.Aborted, isDone: true));
        Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Move_AbortedAfterALostQuestion_IsRejected()
    {
        ulong ticket = Migrate();
        Answer(AtN1, new MigrateShard(Shard, G2), Status(MovePhase.Copying));
        _router.Pass(20);
        _router.Fail(_router.Take(AtN1), delivered: true);
        _router.Pass(40);
        _router.Answer(_router.Take(AtN2), new MasterUnknown("stepped down"));
        _router.Pass(80);
        Answer(AtN2, new QueryMove(Shard), Status(MovePhase.Aborted, isDone: true));
        Assert.IsType<ClientOutcome.Rejected>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Move_OvertakenByAnother_IsNotTurnedRoundAgain()
    {
        ulong ticket = Migrate();
        Answer(AtN1, new MigrateShard(Shard, G2), Status(MovePhase.Copying));
        _router.Pass(20);
        Answer(AtN1, new QueryMove(Shard), Status(MovePhase.Copying) with { Target = G3 });

        Assert.Equal(
            "another move of shard 3, from g1 to g3, has started since",
            Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]).Text);
        Assert.Equal(0, _router.OpenRequests);
    }

    [Fact]
    public void Move_NotAtItsEndByTheDeadline_IsUnknown()
    {
        ulong ticket = Migrate();
        Answer(AtN1, new MigrateShard(Shard, G2), Status(MovePhase.Copying));
        _router.Pass(60_000);
        Assert.Equal(
            "the move continues: the move of shard 3 from g1 to g2 is copying, 10 of 20 bytes",
            Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]).Text);
    }

    [Fact]
    public void Move_ThatNobodyHasTaken_IsNotApplied()
    {
        ulong ticket = Migrate();
        _router.Answer(_router.Take(AtN1), new MasterRefusal(MasterRefusalKind.Unavailable, "catching up", null));
        _router.Pass(60_000);
        Assert.Equal("catching up", Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[ticket]).Text);
    }

    [Theory]
    [InlineData(MasterRefusalKind.UnknownName)]
    [InlineData(MasterRefusalKind.WrongState)]
    public void Move_Refused_IsRejected(MasterRefusalKind kind)
    {
        ulong ticket = Migrate();
        _router.Answer(_router.Take(AtN1), new MasterRefusal(kind, "no", null));
        Assert.IsType<ClientOutcome.Rejected>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Undo_IsAskedForOnce_AndThenFollowed()
    {
        // Asked for again after its end it would be another undo, of the undo.
        ulong ticket = Undo();
        Answer(AtN1, new UndoMove(Shard), Status(MovePhase.Copying));
        _router.Pass(20);
        Answer(AtN1, new QueryMove(Shard), Status(MovePhase.Committed, isDone: true));
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Undo_RefusedAfterALostRequest_IsUnknown()
    {
        ulong ticket = Undo();
        _router.Fail(_router.Take(AtN1), delivered: true);
        _router.Pass(5);
        _router.Answer(_router.Take(AtN2), new MasterRefusal(MasterRefusalKind.WrongState, "nothing to undo", null));
        Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Plan_WhoseAnswerIsLost_IsNotApplied_AsItChangesNothing()
    {
        foreach (Message request in (Message[])
            [new JoinGroups([G1], true), new LeaveGroups([G1], true), new PinShard(Shard, G1, true), new QueryMove(Shard)])
        {
            Assert.IsType<ClientOutcome.NotApplied>(OutcomeOfLost(request));
        }

        foreach (Message request in (Message[])
            [new JoinGroups([G1], false), new LeaveGroups([G1], false), new PinShard(Shard, G1, false)])
        {
            Assert.IsType<ClientOutcome.Unknown>(OutcomeOfLost(request));
        }
    }

    private static ClientOutcome OutcomeOfLost(Message request)
    {
        RouterHarness router = new();
        ulong ticket = router.Submit(new ClientRequest.OfPrimary(request));
        router.Pass(900);
        return router.Outcomes[ticket];
    }

    private ulong Migrate(GroupId? target = null) =>
        _router.Submit(new ClientRequest.Move(Shard, target ?? G2), 60_000);

    private ulong Undo() => _router.Submit(new ClientRequest.Move(Shard, null), 60_000);

    private void Answer(NodeAddress at, Message expected, Message reply)
    {
        Effect.Call call = _router.Take(at);
        Assert.Equal(expected, call.Request);
        _router.Answer(call, reply);
    }

    private static MoveStatus Status(MovePhase phase, bool isDone = false) =>
        new(Shard, phase, isDone, G1, G2, new Epoch(4), 0, 0, 10, 20, null, null);
}
