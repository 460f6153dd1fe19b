using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.MasterCluster;
using static OrleansShards.Tests.Core.Masters.Moves.MoveCluster;

namespace OrleansShards.Tests.Core.Masters.Moves;

/// <summary>The primary is lost in each phase of a move; the shadow goes on from the log.</summary>
public sealed class MoveTakeoverTests
{
    private static readonly ShardId S0 = new(0);
    private readonly MoveCluster _cluster = new();

    [Fact]
    public void Takeover_WhileAMoveIsDue_BeginsIt()
    {
        _cluster.Holds(G1, 0);
        _cluster.Masters.Let(
            packet => IsPut(packet) && _cluster.Masters.Decisions.Exists(static entry => entry is MasterEntry.Wanted),
            Fate.Lose);
        _cluster.Migrate(0, G2);
        TakeOver();
        Finish(granted: 2);
    }

    [Fact]
    public void Takeover_WhileTheTargetCopies_OrdersItOnInTheNewTerm()
    {
        Copying();
        TakeOver();
        _cluster.Advance(0.5);
        DriveMove order = _cluster.OrdersTo(G2, MoveCommand.Copy).Last();
        Assert.Equal((new MoveId(1), _cluster.Masters.Node(N2).Applied.Term), (order.Move, order.Term));
        Assert.True(order.Term > new Term(1));
        Finish(granted: 2);
    }

    [Fact]
    public void Takeover_AfterACancelledSeal_NeverCommitsIt()
    {
        Copying();
        Assert.Equal(MoveDecision.Cancelled, _cluster.Decide(0, 2, null));
        TakeOver();
        Assert.Equal(MoveDecision.Cancelled, _cluster.Decide(0, 2, Receipt));
        Finish(granted: 3);
    }

    [Fact]
    public void Takeover_AfterTheCommit_OrdersBothToDoTheirPart()
    {
        Copying();
        _cluster.Silent.UnionWith([G1, G2]);
        Assert.Equal(MoveDecision.Committed, _cluster.Decide(0, 2, Receipt));
        TakeOver();
        Assert.Equal(MoveDecision.Committed, _cluster.Decide(0, 2, null));
        _cluster.Silent.Clear();
        _cluster.Advance(2);
        AssertDone(new Epoch(2));
    }

    [Fact]
    public void Takeover_WhenOnlyTheSourceHasStillToRelease_WaitsForIt()
    {
        Copying();
        _cluster.Silent.Add(G1);
        _cluster.Decide(0, 2, Receipt);
        _cluster.Advance(0.5);
        TakeOver();
        _cluster.Advance(3);
        Assert.True(_cluster.Active(0).IsCommitted);
        _cluster.Silent.Clear();
        _cluster.Advance(2);
        AssertDone(new Epoch(2));
    }

    [Fact]
    public void Takeover_AfterAnAbort_KnowsItAndTriesAgainAtOnce()
    {
        _cluster.Says = static (_, order) => order is { Command: MoveCommand.Copy, Move.Value: 1 }
            ? Progress(order, MoveStep.Failed) : null;
        Copying();
        TakeOver();
        MoveDecided old = _cluster.Ask<MoveDecided>(new DecideMove(S0, new MoveId(1), new Epoch(2), Receipt));
        Assert.Equal(MoveDecision.Aborted, old.Decision);
        Finish(granted: 2);
    }

    [Fact]
    public void CommitWhosePutWasUnderWay_IsOneOrTheOtherAndTheSameForEver()
    {
        Copying();
        _cluster.Masters.Let(static packet => IsStore<StoreRequest.Put>(packet, N1), Fate.Hold);
        TestCall settle = _cluster.Masters.Send(N1, new DecideMove(S0, new MoveId(1), new Epoch(2), Receipt));
        _cluster.Advance(0.3);
        Assert.IsType<FailoverReply>(_cluster.Masters.Ask(N2, new TriggerFailover(N1)));
        _cluster.Primary = N2;
        _cluster.Masters.Nodes.ReleaseAll();
        _cluster.Advance(0.5);

        Assert.IsType<NotPrimary>(settle.Reply);
        Assert.Equal(G1, _cluster.State.Find(S0)!.Owner);
        Assert.Equal(MoveDecision.Cancelled, _cluster.Decide(0, 2, null));
        Assert.Equal(MoveDecision.Cancelled, _cluster.Decide(0, 2, Receipt));
        Assert.Equal(_cluster.Masters.Node(N2).State.Digest, _cluster.Masters.Node(N1).State.Digest);
    }

    [Fact]
    public void PrimaryThatWakesDeposed_GivesNoOrderOfALaterTermAndDecidesNothing()
    {
        Copying();
        TestNode sleeper = _cluster.Masters.Run(N1);
        TestCluster.Pause(sleeper);
        _cluster.Masters.UntilLeads(N2);
        _cluster.Primary = N2;
        Assert.Equal(MoveDecision.Committed, _cluster.Decide(0, 2, Receipt));
        _cluster.Advance(1);
        _cluster.Masters.Nodes.Resume(sleeper);
        int heard = _cluster.Orders.Count;
        TestCall stale = _cluster.Masters.Nodes.Send(
            At(N1), new DecideMove(S0, new MoveId(1), new Epoch(2), null), sleeper);
        _cluster.Advance(2);
        Assert.IsType<NotPrimary>(stale.Reply);
        Assert.All(_cluster.Orders.Skip(heard), static order => Assert.Equal(new Term(1), order.Order.Term));
        Assert.Single(_cluster.Masters.Decisions.OfType<MasterEntry.MoveEnded>());
        AssertDone(new Epoch(2));
    }

    private static bool IsPut(Packet packet) => IsStore<StoreRequest.Put>(packet, N1);

    private void Copying()
    {
        _cluster.Holds(G1, 0);
        _cluster.Migrate(0, G2);
        _cluster.Advance(0.3);
    }

    private void TakeOver()
    {
        _cluster.Masters.Crash(N1);
        _cluster.Masters.Heal();
        _cluster.Masters.UntilLeads(N2);
        _cluster.Primary = N2;
        _cluster.Advance(0.3);
    }

    private void Finish(ulong granted)
    {
        _cluster.Until(() => _cluster.State.ActiveMoves.Count == 1);
        _cluster.Advance(0.3);
        Assert.Equal(MoveDecision.Committed, _cluster.Decide(0, granted, Receipt));
        _cluster.Advance(1);
        AssertDone(new Epoch(granted));
    }

    private void AssertDone(Epoch granted)
    {
        Assert.Empty(_cluster.State.ActiveMoves);
        Assert.Equal(new ShardEntry(G2, granted, false), _cluster.State.Find(S0));
        MoveStatus status = _cluster.Status(0);
        Assert.Equal((MovePhase.Committed, true, 10L), (status.Phase, status.IsDone, status.Keys));
    }
}
