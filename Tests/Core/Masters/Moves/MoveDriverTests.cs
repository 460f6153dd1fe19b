using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.Moves.MoveCluster;

namespace OrleansShards.Tests.Core.Masters.Moves;

public sealed class MoveDriverTests
{
    private readonly MoveCluster _cluster = new();

    [Fact]
    public void Move_WithoutAFault_IsOrderedDecidedAndEnded()
    {
        _cluster.Holds(G1, 0);
        MoveStatus first = _cluster.Migrate(0, G2);
        Assert.Equal((MovePhase.Copying, false, G1, G2), (first.Phase, first.IsDone, first.Source, first.Target));
        _cluster.Advance(0.1);
        DriveMove order = _cluster.OrdersTo(G2, MoveCommand.Copy).First();
        Assert.Equal(new DriveMove(new Term(1), new MoveId(1), G1, G2, MoveCommand.Copy, Epoch.None), order);
        MoveStatus copying = _cluster.Status(0);
        Assert.Equal((MovePhase.Copying, 40L, 100L), (copying.Phase, copying.BytesDone, copying.BytesTotal));

        Assert.Equal(MoveDecision.Committed, _cluster.Decide(0, 2, Receipt));
        _cluster.Advance(0.3);

        Assert.Contains(new ShardMoved(new ShardId(0), G2, new Epoch(2)), _cluster.Masters.Nodes.Published);
        Assert.All(
            _cluster.OrdersTo(G1, MoveCommand.Commit).Concat(_cluster.OrdersTo(G2, MoveCommand.Commit)),
            static commit => Assert.Equal(new Epoch(2), commit.Granted));
        Assert.Empty(_cluster.State.ActiveMoves);
        MoveStatus done = _cluster.Migrate(0, G2);
        Assert.Equal((MovePhase.Committed, true, 10L, 1000L), (done.Phase, done.IsDone, done.Keys, done.Bytes));
        Assert.Equal((1500L, new Epoch(2)), (done.PauseUs, done.Epoch));
        Assert.Single(_cluster.Masters.Decisions.OfType<MasterEntry.MoveEnded>());
    }

    [Fact]
    public void Orders_AreRepeatedUntilAnswered_NotWhileOneIsOpen()
    {
        _cluster.Holds(G1, 0);
        _cluster.Migrate(0, G2);
        _cluster.Advance(1);
        Assert.InRange(_cluster.OrdersTo(G2, MoveCommand.Copy).Count(), 4, 6);
        _cluster.Silent.Add(G2);
        _cluster.Advance(0.3);
        int before = _cluster.OrdersTo(G2, MoveCommand.Copy).Count();
        _cluster.Advance(0.5);
        Assert.Equal(before, _cluster.OrdersTo(G2, MoveCommand.Copy).Count());
        Assert.Empty(_cluster.OrdersTo(G1, MoveCommand.Copy));
    }

    [Fact]
    public void Commit_IsOrderedUntilBothHaveDoneTheirPart()
    {
        _cluster.Holds(G1, 0);
        _cluster.Migrate(0, G2);
        _cluster.Advance(0.2);
        _cluster.Silent.Add(G1);
        _cluster.Decide(0, 2, Receipt);
        _cluster.Advance(20);

        Assert.True(_cluster.Active(0).IsCommitted);
        MoveStatus served = _cluster.Status(0);
        Assert.Equal((MovePhase.Committed, true, 1500L), (served.Phase, served.IsDone, served.PauseUs));
        Assert.Equal((100L, 100L), (served.BytesDone, served.BytesTotal));
        Assert.Equal("g1 does not answer", served.Text);
        _cluster.Silent.Clear();
        _cluster.Advance(2);
        Assert.Empty(_cluster.State.ActiveMoves);
        Assert.Single(_cluster.OrdersTo(G2, MoveCommand.Commit));
    }

    [Fact]
    public void Target_ThatDoesNotAnswer_IsGivenUpAndTriedAgainLaterAndLater()
    {
        _cluster.Holds(G1, 0);
        _cluster.Silent.Add(G2);
        _cluster.Migrate(0, G2);
        _cluster.Advance(10.5);
        MoveStatus status = _cluster.Status(0);
        Assert.False(status.IsDone);
        Assert.Contains("is tried again: group g2 has not answered for 10 s", status.Text, StringComparison.Ordinal);
        Assert.NotEmpty(_cluster.OrdersTo(G1, MoveCommand.Abort));
        _cluster.Advance(60);
        int begun = _cluster.Masters.Decisions.OfType<MasterEntry.MoveBegun>().Count();
        Assert.Equal(5, begun);
        _cluster.Silent.Clear();
        _cluster.Until(() => _cluster.State.ActiveMoves.Count == 1, 30);
        _cluster.Advance(0.2);
        Assert.Equal(MoveDecision.Committed, _cluster.Decide(0, 2, Receipt));
    }

    [Fact]
    public void Target_ThatFails_IsGivenUpAtOnce()
    {
        _cluster.Holds(G1, 0);
        _cluster.Says = static (_, order) => order.Command == MoveCommand.Copy
            ? Progress(order, MoveStep.Failed, obstacle: "the source is gone") : null;
        _cluster.Migrate(0, G2);
        _cluster.Advance(0.3);
        MasterEntry.MoveAborted aborted = Assert.Single(_cluster.Masters.Decisions.OfType<MasterEntry.MoveAborted>());
        Assert.Equal("group g2 cannot do it: the source is gone", aborted.Text);
        Assert.Single(_cluster.OrdersTo(G2, MoveCommand.Abort));
        Assert.Single(_cluster.OrdersTo(G1, MoveCommand.Abort));
    }

    [Fact]
    public void Begin_AsManyAtOnceAsIsSaid_CommittedOnesLeaveTheirPlace()
    {
        _cluster.Holds(G1, 0, 1, 2, 3);
        for (int shard = 0; shard < 4; shard++)
            _cluster.Migrate(shard, G2);

        _cluster.Advance(3);
        Assert.Equal([0, 1], _cluster.State.ActiveMoves.Keys);
        Assert.Equal("waits for its turn", _cluster.Status(3).Text);
        _cluster.Silent.Add(G1);
        _cluster.Decide(0, 2, Receipt);
        _cluster.Advance(0.3);
        Assert.Equal([0, 1, 2], _cluster.State.ActiveMoves.Keys);
    }

    [Fact]
    public void Group_ThatDoesNotAnswer_KeepsNobodyElseWaiting()
    {
        _cluster.Silent.Add(G2);
        _cluster.Holds(G1, 0, 1, 2, 3, 4, 5, 6, 7);
        for (int shard = 0; shard < 6; shard++)
            _cluster.Migrate(shard, G2);

        _cluster.Migrate(6, G3);
        _cluster.Migrate(7, G3);
        _cluster.Until(() => _cluster.State.ActiveMoves.ContainsKey(7), 3);
        Assert.Equal([0, 1, 6, 7], _cluster.State.ActiveMoves.Keys);
    }

    [Fact]
    public void Source_ThatIsNotToBeSealed_KeepsNobodyElseWaitingAndIsNotGivenUp()
    {
        _cluster.Says = static (_, order) => order.Source == G1 && order.Command == MoveCommand.Copy
            ? Progress(order, MoveStep.Copying, obstacle: "g1 does not seal") : null;
        _cluster.Holds(G1, 0, 1, 2);
        _cluster.Holds(G3, 3);
        for (int shard = 0; shard < 4; shard++)
            _cluster.Migrate(shard, G2);

        _cluster.Until(() => _cluster.State.ActiveMoves.ContainsKey(3), 6);
        _cluster.Advance(30);
        Assert.Equal("g1 does not seal", _cluster.Status(0).Text);
        Assert.Equal(new MoveId(1), _cluster.Active(0).Id);
    }

    [Fact]
    public void Wanted_Elsewhere_TheMoveIsTurnedRound()
    {
        _cluster.Holds(G1, 0);
        _cluster.Migrate(0, G2);
        _cluster.Advance(0.3);
        MoveStatus turned = _cluster.Migrate(0, G3);
        Assert.Equal((false, G3), (turned.IsDone, turned.Target));
        _cluster.Advance(0.3);
        Assert.Single(_cluster.OrdersTo(G2, MoveCommand.Abort));
        Assert.NotEmpty(_cluster.OrdersTo(G3, MoveCommand.Copy));
        MoveDecided old = _cluster.Ask<MoveDecided>(
            new DecideMove(new ShardId(0), new MoveId(1), new Epoch(2), Receipt));
        Assert.Equal(MoveDecision.Aborted, old.Decision);
        MoveStatus back = _cluster.Migrate(0, G1);
        Assert.Equal((MovePhase.None, true, G1), (back.Phase, back.IsDone, back.Source));
        Assert.Equal((MovePhase.Aborted, true), (_cluster.Status(0).Phase, _cluster.Status(0).IsDone));
    }

    [Fact]
    public void Abort_IsOrderedForSoLongAndNoLonger()
    {
        _cluster.Holds(G1, 0);
        _cluster.Migrate(0, G2);
        _cluster.Advance(0.3);
        _cluster.Silent.UnionWith([G1, G2]);
        _cluster.Migrate(0, G1);
        _cluster.Advance(12);
        int told = _cluster.OrdersTo(G2, MoveCommand.Abort).Count();
        Assert.InRange(told, 8, 12);
        _cluster.Advance(12);
        Assert.Equal(told, _cluster.OrdersTo(G2, MoveCommand.Abort).Count());
    }

    [Fact]
    public void Source_ThatHasGivenTheShardOnSince_HasDoneItsPart()
    {
        _cluster.Says = static (copy, order) => copy == G1 && order.Command == MoveCommand.Commit
            ? new ShardRefusal(ShardRefusalKind.Moved, "it is g3's", G3, new Epoch(5)) : null;
        _cluster.Holds(G1, 0);
        _cluster.Migrate(0, G2);
        _cluster.Advance(0.2);
        _cluster.Decide(0, 2, Receipt);
        _cluster.Advance(0.5);
        Assert.Empty(_cluster.State.ActiveMoves);
    }

    [Fact]
    public void HandOverOfThePrimary_DecidesNothingAboutMovesMeanwhile()
    {
        _cluster.Holds(G1, 0);
        _cluster.Masters.Crash(MasterCluster.N2);
        TestCall change = _cluster.Masters.Send(MasterCluster.N1, new Switchover(MasterCluster.N2));
        TestCall asked = _cluster.Masters.Send(MasterCluster.N1, new MigrateShard(new ShardId(0), G2));
        _cluster.Advance(0.2);
        Assert.Null(asked.Reply);
        int switchover = _cluster.Masters.Decisions.FindLastIndex(static entry => entry is MasterEntry.Switchover);
        Assert.Equal(_cluster.Masters.Decisions.Count - 1, switchover);
        _cluster.Until(() => change.Reply is not null && asked.Reply is not null, 5);
        Assert.IsType<MoveStatus>(asked.Reply);
    }
}
