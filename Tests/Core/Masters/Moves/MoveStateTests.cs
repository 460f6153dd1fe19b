using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Shards;
using static OrleansShards.Tests.Core.Masters.Moves.MoveLog;

namespace OrleansShards.Tests.Core.Masters.Moves;

public sealed class MoveStateTests
{
    private readonly MoveLog _log = new();

    [Fact]
    public void Begin_OnlyWhatIsDueAndOnce_NumbersRise()
    {
        _log.Holds(G1, 0, 1);
        Assert.Equal(MasterRefusalKind.WrongState, _log.Rejected(new MasterEntry.MoveBegun(Shard, G2)));
        ShardMove first = _log.Begun();
        Assert.Equal(new ShardMove(new MoveId(1), Shard, G1, G2, MoveId.None), first);
        Assert.Equal(MasterRefusalKind.WrongState, _log.Rejected(new MasterEntry.MoveBegun(Shard, G2)));
        _log.Apply(new MasterEntry.MoveAborted(Shard, first.Id, "for a reason"));
        _log.Apply(new MasterEntry.MoveBegun(Shard, G2));
        Assert.Equal(new MoveId(2), _log.Active!.Id);
        Assert.Equal("for a reason", _log.State.Moves.FindAborted(Shard)!.Text);
    }

    [Fact]
    public void Decide_WithAReceipt_MovesTheShardOnceWhoeverAsksAgain()
    {
        _log.Begun();
        Assert.Equal(MoveDecision.Committed, _log.Decide(1, 2, Receipt));
        Assert.Equal(new ShardEntry(G2, new Epoch(2), false), _log.State.Find(Shard));
        Assert.Empty(_log.State.WantedPlaces);
        Epoch epoch = _log.State.MapEpoch;
        Assert.Equal(MoveDecision.Committed, _log.Decide(1, 2, Receipt));
        Assert.Equal(MoveDecision.Committed, _log.Decide(1, 2, null));
        _log.Apply(new MasterEntry.MoveAborted(Shard, new MoveId(1), "too late"));
        _log.Apply(new MasterEntry.MoveEnded(Shard, new MoveId(1), 1700));
        Assert.Equal(MoveDecision.Committed, _log.Decide(1, 2, null));
        Assert.Equal(epoch, _log.State.MapEpoch);
        Assert.Null(_log.Active);
        ShardMove ended = _log.State.FindCommitted(Shard)!;
        Assert.Equal((1700L, Receipt), (ended.PauseUs, ended.Receipt));
    }

    [Fact]
    public void Decide_ACancelledSeal_IsNeverCommittedAndALaterOneIs()
    {
        _log.Begun();
        Assert.Equal(MoveDecision.Cancelled, _log.Decide(1, 5, null));
        Assert.Equal(MoveDecision.Cancelled, _log.Decide(1, 5, Receipt));
        Assert.Equal(MoveDecision.Cancelled, _log.Decide(1, 4, Receipt));
        Assert.Equal(G1, _log.State.Find(Shard)!.Owner);
        Assert.Equal(MoveDecision.Committed, _log.Decide(1, 6, Receipt));
        Assert.Equal(MoveDecision.Cancelled, _log.Decide(1, 5, null));
        Assert.Equal(MoveDecision.Committed, _log.Decide(1, 6, null));
    }

    [Fact]
    public void Decide_ASealThatIsNotNewerThanTheShard_IsCancelled()
    {
        _log.Begun();
        _log.Apply(new MasterEntry.OwnerReported(Shard, G1, new Epoch(7), false));
        Assert.Equal(MoveDecision.Cancelled, _log.Decide(1, 7, Receipt));
        Assert.Equal(G1, _log.State.Find(Shard)!.Owner);
        Assert.Equal(MoveDecision.Committed, _log.Decide(1, 8, Receipt));
    }

    [Fact]
    public void Decide_AnAbortedOrUnknownMove_MovesNothing()
    {
        _log.Begun();
        _log.Apply(new MasterEntry.MoveAborted(Shard, new MoveId(1), "given up"));
        Assert.Equal(MoveDecision.Aborted, _log.Decide(1, 2, Receipt));
        _log.Apply(new MasterEntry.MoveBegun(Shard, G2));
        Assert.Equal(MoveDecision.Aborted, _log.Decide(1, 2, Receipt));
        MasterEntry unknown = new MasterEntry.SealDecided(Shard, new MoveId(3), new Epoch(2), Receipt);
        Assert.Equal(MasterRefusalKind.WrongState, _log.Rejected(unknown));
        Assert.Equal(G1, _log.State.Find(Shard)!.Owner);
    }

    [Fact]
    public void End_BeforeTheCommit_ChangesNothing()
    {
        _log.Begun();
        _log.Apply(new MasterEntry.MoveEnded(Shard, new MoveId(1), null));
        Assert.NotNull(_log.Active);
        Assert.Null(_log.State.FindCommitted(Shard));
    }

    [Fact]
    public void Report_OfAnotherOwnerBeforeTheCommit_AbortsTheMove()
    {
        _log.Begun();
        _log.Apply(new MasterEntry.OwnerReported(Shard, G1, new Epoch(2), false));
        Assert.NotNull(_log.Active);
        _log.Apply(new MasterEntry.OwnerReported(Shard, G3, new Epoch(3), false));
        Assert.Null(_log.Active);
        Assert.Equal(MoveDecision.Aborted, _log.Decide(1, 9, Receipt));
        Assert.Equal(G2, _log.State.PlaceOf(Shard));
        _log.Apply(new MasterEntry.OwnerReported(Shard, G2, new Epoch(4), false));
        Assert.Empty(_log.State.WantedPlaces);
    }

    [Fact]
    public void Report_AfterTheCommit_LeavesTheMoveToEnd()
    {
        _log.Begun();
        _log.Decide(1, 2, Receipt);
        _log.Apply(new MasterEntry.OwnerReported(Shard, G2, new Epoch(2), false));
        _log.Apply(new MasterEntry.OwnerReported(Shard, G3, new Epoch(3), false));
        Assert.True(_log.Active!.IsCommitted);
        Assert.Equal(MoveDecision.Committed, _log.Decide(1, 2, null));
    }

    [Fact]
    public void Want_ElsewhereBeforeTheCommit_AbortsAfterItWaits()
    {
        _log.Begun();
        _log.Want(G3);
        Assert.Null(_log.Active);
        Assert.Contains("wanted at g3", _log.State.Moves.FindAborted(Shard)!.Text, StringComparison.Ordinal);
        _log.Apply(new MasterEntry.MoveBegun(Shard, G3));
        Assert.Equal(MoveDecision.Committed, _log.Decide(2, 2, Receipt));
        _log.Want(G1);
        Assert.True(_log.Active!.IsCommitted);
        Assert.Equal(MasterRefusalKind.WrongState, _log.Rejected(new MasterEntry.MoveBegun(Shard, G1)));
        _log.Apply(new MasterEntry.MoveEnded(Shard, new MoveId(2), null));
        _log.Apply(new MasterEntry.MoveBegun(Shard, G1));
        Assert.Equal(G1, _log.Active!.Target);
    }

    [Fact]
    public void Want_BackWhereItIs_AbortsAndWantsNothing()
    {
        _log.Begun();
        _log.Want(G1);
        Assert.Null(_log.Active);
        Assert.Empty(_log.State.WantedPlaces);
    }

    [Fact]
    public void Undo_IsMarkedInTheMoveAndOnlyOfTheNewest()
    {
        _log.Begun();
        _log.Decide(1, 2, Receipt);
        _log.Apply(new MasterEntry.MoveEnded(Shard, new MoveId(1), null));
        Assert.IsType<MasterOutcome.Rejected>(_log.Want(G1, new MoveId(9)));
        _log.Want(G1, new MoveId(1));
        _log.Want(G1);
        _log.Apply(new MasterEntry.MoveBegun(Shard, G1));
        Assert.Equal(new MoveId(1), _log.Active!.UndoOf);
    }

    [Fact]
    public void Undo_OfAMoveThatIsOnItsWayBackAlready_MarksThatMove()
    {
        _log.Begun();
        _log.Decide(1, 2, Receipt);
        _log.Apply(new MasterEntry.MoveEnded(Shard, new MoveId(1), null));
        _log.Want(G1);
        _log.Apply(new MasterEntry.MoveBegun(Shard, G1));
        _log.Want(G1, new MoveId(1));
        Assert.Equal((new MoveId(2), new MoveId(1)), (_log.Active!.Id, _log.Active.UndoOf));
    }

    [Fact]
    public void Leave_WithAMoveToTheLeaver_AbortsItInTheSameDecision()
    {
        _log.Begun();
        _log.Epoch(new MasterEntry.Left([G2]));
        Assert.Null(_log.Active);
        Assert.Equal(G1, _log.State.PlaceOf(Shard));
    }

    [Fact]
    public void Restore_WithoutMoves_EveryGroupIsAMemberAndTheEpochsStay()
    {
        _log.Holds(G1, 0, 1);
        ByteWriter bytes = new();
        _log.State.Freeze().WriteNext(bytes, int.MaxValue);

        MasterState copy = new();
        copy.Restore(bytes.Written);

        Assert.Equal([G1, G2, G3], copy.Members);
        Assert.Equal([G1, G2, G3], Assert.IsType<ConfigReply>(copy.ConfigAt(new Epoch(2))).Groups);
        Assert.Equal(new Epoch(3), copy.MapEpoch);
        Assert.Equal(_log.State.Digest, copy.Digest);
    }

    [Fact]
    public void Restore_InEveryPhase_IsTheSameState()
    {
        _log.Holds(G1, 1, 2, 3);
        _log.Epoch(new MasterEntry.Left([G3]));
        AssertRestored();
        _log.Begun();
        AssertRestored();
        _log.Decide(1, 2, null);
        _log.Decide(1, 3, Receipt);
        AssertRestored();
        _log.Apply(new MasterEntry.MoveEnded(Shard, new MoveId(1), 5));
        _log.Want(G1, new MoveId(1));
        _log.Apply(new MasterEntry.MoveBegun(Shard, G1));
        _log.Apply(new MasterEntry.MoveAborted(Shard, new MoveId(2), "so"));
        _log.Epoch(new MasterEntry.Pinned(new ShardId(2), G2));
        AssertRestored();
        _log.Traced(new MasterEntry.Pinned(new ShardId(1), G1));
        _log.Traced(new MasterEntry.Wanted(new ShardId(1), G2, MoveId.None));
        _log.Want(G2);
        _log.Traced(new MasterEntry.MoveAborted(Shard, _log.Active?.Id ?? default, "so"));
        Assert.Single(_log.State.ReplacedPins);
        AssertRestored();
    }

    [Fact]
    public void Abort_IsKeptWithItsTime_UnlessAnEarlierReleaseWroteIt()
    {
        ShardMove move = _log.Begun();
        _log.Traced(new MasterEntry.MoveAborted(Shard, move.Id, "so"));
        Assert.Equal(Then, _log.State.AbortedMoves[0].DecidedAt);
        AssertRestored();
        _log.Apply(new MasterEntry.MoveBegun(Shard, G2));
        _log.Traced(new MasterEntry.Wanted(Shard, G3, MoveId.None));
        Assert.Equal((new MoveId(2), Then), (_log.State.AbortedMoves[0].Id, _log.State.AbortedMoves[0].DecidedAt));
        _log.Apply(new MasterEntry.MoveBegun(Shard, G3));
        _log.Apply(new MasterEntry.MoveAborted(Shard, new MoveId(3), "so") { At = DateTimeOffset.UnixEpoch });
        Assert.Equal((new MoveId(3), null), (_log.State.AbortedMoves[0].Id, _log.State.AbortedMoves[0].DecidedAt));
    }

    private void AssertRestored()
    {
        using OrleansShards.Core.Wal.ICheckpointSource source = _log.State.Freeze();
        MasterState copy = MasterStateTests.Restored(source, 5);
        Assert.Equal(_log.State.Digest, copy.Digest);
        Assert.Equal(_log.State.ActiveMoves, copy.ActiveMoves);
        Assert.Equal(_log.State.WantedPlaces, copy.WantedPlaces);
        Assert.Equal(_log.State.Pins, copy.Pins);
        Assert.Equal(_log.State.ReplacedPins, copy.ReplacedPins);
        Assert.Equal(_log.State.AbortedMoves, copy.AbortedMoves);
        Assert.Equal(_log.State.FindCommitted(Shard), copy.FindCommitted(Shard));
        Assert.Equal(_log.State.Members, copy.Members.AsEnumerable());
    }
}
