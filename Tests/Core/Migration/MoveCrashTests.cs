using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>
/// Every step killed: for each effect of either end and of the primary during a move, one run that crashes there, before
/// or after the effect, starts again, and ends with the shard served by one group, complete.
/// </summary>
public sealed class MoveCrashTests
{
    [Fact]
    public void Move_WithoutACrash_IsDone()
    {
        MoveWorld world = new();
        Assert.IsType<MoveStatus>(world.AskPrimary(new MigrateShard(MoveWorld.Shard, new GroupId("g2"))));
        MoveStatus status = world.UntilDone();

        Assert.Equal((MovePhase.Committed, new GroupId("g1"), new GroupId("g2")), (status.Phase, status.Source, status.Target));
        Assert.True(status.Keys >= 31, $"{status.Keys} keys");
        world.AssertServedBy("g2");
    }

    [Theory]
    [InlineData("g1", false)]
    [InlineData("g1", true)]
    [InlineData("g2", false)]
    [InlineData("g2", true)]
    public void Copy_CrashesAtAnyEffect_TheMoveIsDone(string group, bool isCarriedOut) =>
        EachEffect(MoveWorld.At(group), isCarriedOut, stays: false);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Primary_CrashesAtAnyEffect_AndComesBack_TheMoveIsDone(bool isCarriedOut) =>
        EachEffect(MoveWorld.Master("n1"), isCarriedOut, stays: false);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Primary_DiesAtAnyEffect_TheShadowGoesOn(bool isCarriedOut) =>
        EachEffect(MoveWorld.Master("n1"), isCarriedOut, stays: true);

    private static void EachEffect(NodeAddress victim, bool isCarriedOut, bool stays)
    {
        int effects = 0;
        for (int at = 1; CrashAt(victim, at, isCarriedOut, stays); at++)
            effects++;

        Assert.True(effects > 10, $"{victim} had {effects} effects during the move");
    }

    /// <summary>Crashes at one effect; false where the move was done before it came.</summary>
    private static bool CrashAt(NodeAddress victim, int at, bool isCarriedOut, bool stays)
    {
        MoveWorld world = new();
        int effect = 0;
        world.Nodes.FateOf = packet =>
        {
            if (packet.From?.Node.Address != victim || ++effect != at)
                return packet.From is { IsUp: false } ? Fate.Lose : Fate.Deliver;

            world.Crash(victim, stays);
            return !isCarriedOut ? Fate.Lose : packet is Packet.Store ? Fate.LoseCompletion : Fate.Deliver;
        };
        world.Nodes.Send(MoveWorld.Master("n1"), new MigrateShard(MoveWorld.Shard, new GroupId("g2")));
        world.Nodes.Run();
        if (effect < at)
        {
            for (int tick = 0; tick < 30 && effect < at; tick++)
                world.Pass();
        }

        bool hasCrashed = effect >= at;
        world.Nodes.FateOf = null;
        try
        {
            // The request may have been lost with the primary: whoever made it makes it again.
            Assert.IsType<MoveStatus>(world.AskPrimary(new MigrateShard(MoveWorld.Shard, new GroupId("g2"))));
            MoveStatus status = world.UntilDone();
            Assert.Equal((MovePhase.Committed, new GroupId("g2")), (status.Phase, status.Target));
            world.AssertServedBy("g2");
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{victim} crashed at its effect {at}: {failure.Message}", failure);
        }

        return hasCrashed;
    }
}
