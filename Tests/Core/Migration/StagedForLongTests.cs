using OrleansShards.Core;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>A target that has something staged of a move when another one comes.</summary>
public sealed class StagedForLongTests
{
    private static readonly MoveId Move = new(7);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly ShardCluster _cluster = new();

    // Found by the simulator (profile rebalance, seed 940048190): a copy went on with what was left from an old move, which the
    // log refused time and again; always busy, it never began the move that it was ordered to.
    [Fact]
    public void Look_StagedForAMoveThatIsOver_DropsIt()
    {
        _cluster.Seed("g1", """{"x":1}""");
        _cluster.Nodes.LetCall<SealForMove>(Fate.Hold);
        _cluster.Send("g2", Copying());
        _cluster.Nodes.Run();
        _cluster.Nodes.Advance(Tick);
        Assert.Equal(Move, _cluster.Node("g2").State.Staging!.Move);

        // A move on from here that came to nothing leaves its number, and it is higher.
        DriveMove later = Copying() with { Move = new MoveId(8), Source = new("g2"), Target = new("g3"), Command = MoveCommand.Abort };
        Assert.Equal(MoveStep.Discarded, Assert.IsType<MoveProgress>(_cluster.Ask("g2", later)).Step);
        _cluster.Nodes.Advance(Tick);

        Assert.Equal(new MoveId(8), _cluster.Ownership("g2").EndedMove);
        Assert.Null(_cluster.Node("g2").State.Staging);
    }

    [Fact]
    public void Copy_OfALaterMove_WhileAReadIsUnderWay_BeginsWhenItHasEnded()
    {
        _cluster.Seed("g1", """{"x":1}""");
        _cluster.Nodes.FateOf = static packet => packet is Packet.Store { Request: StoreRequest.Read read }
            && read.Log.Value.Contains("g1", StringComparison.Ordinal) ? Fate.Hold : Fate.Deliver;
        _cluster.Send("g2", Copying());
        _cluster.Nodes.Run();
        _cluster.Nodes.Advance(Tick);
        Assert.IsType<MoveProgress>(_cluster.Ask("g2", Copying() with { Move = new MoveId(9) }));
        Assert.Equal(Move, _cluster.Node("g2").State.Staging!.Move);

        _cluster.Nodes.FateOf = static _ => Fate.Deliver;
        _cluster.Nodes.ReleaseAll();
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(1));

        Assert.True(
            _cluster.Node("g2").State.Staging is { Move.Value: 9 } || _cluster.Ownership("g2").TakenMove == new MoveId(9),
            $"{_cluster.Ownership("g2")}");
    }

    private static DriveMove Copying() =>
        new(new Term(5), Move, new("g1"), new("g2"), MoveCommand.Copy, Epoch.None);
}
