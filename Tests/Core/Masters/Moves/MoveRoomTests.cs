using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using static OrleansShards.Tests.Core.Masters.Moves.MoveCluster;

namespace OrleansShards.Tests.Core.Masters.Moves;

/// <summary>Moves that an operator asks for, to groups whose silos have little room.</summary>
public sealed class MoveRoomTests
{
    private static readonly ShardId S0 = new(0);
    private readonly MoveCluster _cluster = new();

    public static TheoryData<Message> Requests { get; } = new() { new MigrateShard(S0, G2), new PinShard(S0, G2, false) };

    [Theory]
    [MemberData(nameof(Requests))]
    public void Request_TargetHasTooLittleRoom_IsRefusedAndDecidesNothing(Message request)
    {
        _cluster.Holds(G1, 0);
        _cluster.Rooms[G2] = 999;
        MasterRefusal refusal = _cluster.Ask<MasterRefusal>(request);

        Assert.Equal((MasterRefusalKind.Unavailable, (LimitName?)LimitName.Silo), (refusal.Kind, refusal.Limit));
        Assert.Equal(
            "shard 0 is not moved to g2: its silo has room for 999 bytes (option silo-bytes-max), and the shard has 1,000", refusal.Text);
        Assert.DoesNotContain(_cluster.Masters.Decisions, static entry => entry is MasterEntry.Wanted or MasterEntry.Pinned);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void Request_TargetHasJustEnoughRoom_IsDecided(Message request)
    {
        _cluster.Holds(G1, 0);
        _cluster.Rooms[G1] = 0;
        _cluster.Rooms[G2] = 1000;
        Assert.IsNotType<MasterRefusal>(_cluster.Masters.Ask(MasterCluster.N1, request));

        _cluster.Until(() => _cluster.State.ActiveMoves.ContainsKey(0));
    }

    [Fact]
    public void Undo_SourceHasNoRoomByNow_IsRefused()
    {
        _cluster.Holds(G1, 0);
        _cluster.Migrate(0, G2);
        _cluster.Until(() => _cluster.State.ActiveMoves.ContainsKey(0));
        _cluster.Decide(0, 2, Receipt);
        _cluster.Until(() => _cluster.Status(0).IsDone);
        _cluster.Rooms[G1] = 1;

        Assert.Equal(LimitName.Silo, _cluster.Ask<MasterRefusal>(new UndoMove(S0)).Limit);
        _cluster.Rooms.Clear();
        Assert.Equal(G1, _cluster.Ask<MoveStatus>(new UndoMove(S0)).Target);
    }

    [Fact]
    public void Request_CopiesDoNotAnswer_IsDecided()
    {
        _cluster.Holds(G1, 0);
        _cluster.Silent.Add(G2);
        Assert.Equal(G2, _cluster.Migrate(0, G2).Target);
    }
}
