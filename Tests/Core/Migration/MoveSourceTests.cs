using OrleansShards.Core;
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
        Assert.Equal(ShardPhase.Serving, _cluster.Standing("g1").Phase);
        Assert.NotNull(ready.Reply);
    }

    [Fact]
    public void Ready_WhenThePrimaryIsOutOfReachForLong_IsAnsweredAllTheSame()
    {
        MoveSealed seal = Seal();
        _cluster.Nodes.LetCall<SettleMove>(Fate.Lose);
        TestCall ready = _cluster.Send("g1", new MoveReady(Move, seal.Granted, seal.Receipt));
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(ShardRefusalKind.NotReady, Assert.IsType<ShardRefusal>(ready.Reply).Kind);
        Assert.Equal(ShardPhase.Moving, _cluster.Standing("g1").Phase);
    }

    [Fact]
    public void Abort_ThatTheLogDoesNotTake_IsAnswered()
    {
        Seal();
        _cluster.Nodes.FateOf = static packet => packet is Packet.Store { Request: StoreRequest.Put } ? Fate.LoseCompletion : Fate.Deliver;
        TestCall abort = _cluster.Send("g1", new DriveMove(new Term(5), Move, new("g1"), Target, MoveOrder.Abort, Epoch.None));
        _cluster.Nodes.Run();
        _cluster.Nodes.StartAnother(ShardCluster.At("g1"));
        _cluster.Nodes.FateOf = null;
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(30));

        Assert.NotNull(abort.Reply);
    }

    private MoveSealed Seal()
    {
        _cluster.Seed("g1", """{"x":1}""");
        return Assert.IsType<MoveSealed>(_cluster.Ask("g1", new SealForMove(new Term(5), Move, Target)));
    }
}
