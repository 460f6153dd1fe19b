using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>Finds of the simulator at the source of a move; the commits name their seeds.</summary>
public sealed class MoveSourceTests
{
    private static readonly MoveId Move = new(7);
    private static readonly GroupId Target = new("g2");

    private readonly ShardCluster _cluster = new();

    [Fact]
    public void Ready_WhileServingAgainIsOnItsWayIntoTheLog_IsNotOffered()
    {
        MoveSealed seal = Seal();
        _cluster.Nodes.LetStore<StoreRequest.Probe>(Fate.Hold);
        TestCall ready = _cluster.Send("g1", new MoveReady(Move, seal.Granted, seal.Receipt));
        _cluster.Nodes.Run();
        Packet proof = Assert.Single(_cluster.Nodes.Held);

        _cluster.Nodes.LetStore<StoreRequest.Put>(Fate.Hold);
        _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(700));
        Assert.Contains(_cluster.Nodes.Held, static packet => packet is Packet.Store { Request: StoreRequest.Put });
        _cluster.Nodes.Release(proof);
        _cluster.Nodes.Run();
        _cluster.Nodes.FateOf = null;
        _cluster.Nodes.ReleaseAll();
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(_cluster.Map.Committed);
        Assert.Equal(TransferPhase.Serving, _cluster.Ownership("g1").Phase);
        Assert.NotNull(ready.Reply);
    }

    [Fact]
    public void Ready_WhenThePrimaryIsOutOfReachForLong_IsAnsweredAllTheSame()
    {
        MoveSealed seal = Seal();
        _cluster.Nodes.LetCall<DecideMove>(Fate.Lose);
        TestCall ready = _cluster.Send("g1", new MoveReady(Move, seal.Granted, seal.Receipt));
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(ShardRefusalKind.NotReady, Assert.IsType<ShardRefusal>(ready.Reply).Kind);
        Assert.Equal(TransferPhase.SealedForMove, _cluster.Ownership("g1").Phase);
    }

    [Fact]
    public void Abort_ThatTheLogDoesNotTake_IsAnswered()
    {
        Seal();
        _cluster.Nodes.FateOf = static packet => packet is Packet.Store { Request: StoreRequest.Put } ? Fate.LoseCompletion : Fate.Deliver;
        TestCall abort = _cluster.Send("g1", new DriveMove(new Term(5), Move, new("g1"), Target, MoveCommand.Abort, Epoch.None));
        _cluster.Nodes.Run();
        _cluster.Nodes.StartAnother(ShardCluster.At("g1"));
        _cluster.Nodes.FateOf = null;
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(30));

        Assert.NotNull(abort.Reply);
    }

    [Fact]
    public void Receive_BeforeTheSourceHasHeardThatItsMoveIsCommitted_IsNotRefusedForCertain()
    {
        // Found by the simulator: a client handed the shard back before the source of a move had heard of its commit. The
        // source refused the content as the owner that it was no longer, and the target's copy was deleted already.
        MoveWorld world = new();
        world.Nodes.FateOf = static packet => packet is Packet.Answer { Reply: MoveDecided { Decision: MoveDecision.Committed } }
            or Packet.Call { Request: DriveMove { Command: MoveCommand.Commit, Source.Value: "g1" }, To.Name: "g1" }
                ? Fate.Lose : Fate.Deliver;
        world.AskPrimary(new MigrateShard(MoveWorld.Shard, Target));
        world.Nodes.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TransferPhase.SealedForMove, world.Node("g1").State.Ownership.Phase);
        ShardSnapshotReply prepared = Assert.IsType<ShardSnapshotReply>(world.Ask("g2", new PrepareMigration(new("g1"))));
        Assert.IsType<ShardDone>(world.Ask("g2", new ConfirmReceived()));

        ReceiveShard receive = new(prepared.Snapshot, Target);
        Assert.Equal(ShardRefusalKind.HandingOver, Assert.IsType<ShardRefusal>(world.Ask("g1", receive)).Kind);
        world.Nodes.FateOf = null;
        world.Nodes.Advance(TimeSpan.FromSeconds(2));
        Assert.IsType<ShardDone>(world.Ask("g1", receive));
        world.AssertServedBy("g1");
    }

    [Fact]
    public void Discard_BeforeTheSourceHasHeardThatItsMoveIsCommitted_IsDone()
    {
        // The other way out: the client rolls the hand-over back. The source never had what it is to discard.
        MoveSealed seal = Seal();
        _cluster.Nodes.LetCall<DecideMove>(Fate.Lose);
        Epoch later = seal.Granted.Next();

        Assert.IsType<ShardDone>(_cluster.Ask("g1", new DiscardCopy(Target, later)));
        Assert.Equal((TransferPhase.SealedForMove, later), (_cluster.Ownership("g1").Phase, _cluster.Ownership("g1").Discarded));
    }

    private MoveSealed Seal()
    {
        _cluster.Seed("g1", """{"x":1}""");
        return Assert.IsType<MoveSealed>(_cluster.Ask("g1", new SealForMove(new Term(5), Move, Target)));
    }
}
