using System.Collections.Immutable;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Masters.Moves;
using static OrleansShards.Tests.Core.Masters.Moves.MoveLog;

namespace OrleansShards.Tests.Core.Masters.Moves;

public sealed class MembershipStateTests
{
    private readonly MoveLog _log = new();

    [Fact]
    public void Founded_EveryGroupIsAMember()
    {
        Assert.Equal([G1, G2, G3], _log.State.Members);
        Assert.Equal(new Epoch(1), _log.Epoch(new MasterEntry.Joined([G1, G3])));
        Assert.Equal(new Epoch(1), _log.State.MapEpoch);
    }

    [Fact]
    public void JoinAndLeave_MakeOneEpochEach_ARepetitionGetsItAgain()
    {
        Assert.Equal(new Epoch(2), _log.Epoch(new MasterEntry.Left([G3])));
        Assert.Equal(new Epoch(3), _log.Epoch(new MasterEntry.Left([G2])));
        Assert.Equal(new Epoch(2), _log.Epoch(new MasterEntry.Left([G3])));
        Assert.Equal(new Epoch(3), _log.Epoch(new MasterEntry.Left([G3, G2])));
        Assert.Equal(new Epoch(4), _log.Epoch(new MasterEntry.Joined([G3, G2])));
        Assert.Equal(new Epoch(4), _log.Epoch(new MasterEntry.Joined([G1, G2])));
        Assert.Equal(new Epoch(4), _log.State.MapEpoch);
        Assert.Equal([G1, G2, G3], _log.State.Members);
    }

    [Fact]
    public void ConfigAt_AnEarlierEpoch_ShowsTheMembersOfThen()
    {
        MoveLog log = new(epochsMax: 4);
        log.Epoch(new MasterEntry.Left([G3]));
        log.Holds(G1, 0);
        log.Epoch(new MasterEntry.Left([G1]));
        Assert.Equal([G1, G2, G3], Groups(log, 1));
        Assert.Equal([G1, G2], Groups(log, 2));
        Assert.Equal([G1, G2], Groups(log, 3));
        Assert.Equal([G2], Groups(log, 4));
        log.Holds(G1, 1, 2);
        Assert.Equal(new Epoch(3), log.State.OldestEpoch);
        Assert.Equal([G1, G2], Groups(log, 3));
        Assert.Equal([G2], Groups(log, 6));
    }

    [Fact]
    public void Leave_OfAllOrOfNobodyOrOfAStranger_IsRejected()
    {
        Assert.Equal(MasterRefusalKind.WrongState, _log.Rejected(new MasterEntry.Left([G3, G1, G2])));
        Assert.Equal(MasterRefusalKind.WrongState, _log.Rejected(new MasterEntry.Left([])));
        Assert.Equal(MasterRefusalKind.UnknownName, _log.Rejected(new MasterEntry.Joined([G1, new GroupId("g9")])));
        Assert.Equal(new Epoch(1), _log.State.MapEpoch);
    }

    [Fact]
    public void FirstUse_GoesToAMemberThatFewestShardsAreWantedAt()
    {
        _log.Epoch(new MasterEntry.Left([G1]));
        _log.Holds(G2, 0, 1);
        _log.Want(G3);
        Assert.Equal(G2, Owner(7));
        Assert.Equal(G3, Owner(6));
        Assert.Equal(G2, Owner(5));
    }

    [Fact]
    public void Pin_StaysWhenOthersLeaveAndGoesWithItsGroup()
    {
        _log.Holds(G1, 0, 1);
        Assert.Equal(new Epoch(4), _log.Epoch(new MasterEntry.Pinned(Shard, G2)));
        Assert.Equal(new Epoch(4), _log.Epoch(new MasterEntry.Pinned(Shard, G2)));
        Assert.Equal(G2, _log.State.PlaceOf(Shard));
        Assert.Equal(G1, _log.State.Find(Shard)!.Owner);

        _log.Epoch(new MasterEntry.Left([G3]));
        Assert.Equal(G2, _log.State.PlaceOf(Shard));
        _log.Epoch(new MasterEntry.Left([G2]));

        Assert.Empty(_log.State.Pins);
        Assert.Equal(G1, _log.State.PlaceOf(Shard));
        Assert.Equal(MasterRefusalKind.WrongState, _log.Rejected(new MasterEntry.Pinned(Shard, G2)));
    }

    [Fact]
    public void Pin_OfAShardThatNobodyHas_GivesItToTheGroupInOneEpoch()
    {
        MasterOutcome.Rebalanced pinned = Assert.IsType<MasterOutcome.Rebalanced>(
            _log.Apply(new MasterEntry.Pinned(Shard, G2)));
        Assert.Equal(new Epoch(2), pinned.Epoch);
        Assert.Equal(new ShardEntry(G2, new Epoch(1), MayOpenEmpty: true), pinned.Assigned!.Owner);
        Assert.Equal(new Epoch(2), _log.State.MapEpoch);
        Assert.Empty(_log.State.WantedPlaces);
    }

    [Fact]
    public void Want_OfAPinnedShardElsewhere_TakesThePinAway()
    {
        _log.Holds(G1, 0);
        _log.Epoch(new MasterEntry.Pinned(Shard, G1));
        _log.Want(G1);
        Assert.Single(_log.State.Pins);
        _log.Want(G2);
        Assert.Empty(_log.State.Pins);
    }

    [Fact]
    public void Cancel_RestoresThePinAtTheOwner_WhateverHasReplacedItSince()
    {
        _log.Holds(G1, 0);
        _log.Traced(new MasterEntry.Pinned(Shard, G1));
        ShardPin before = _log.State.Pins[0];
        _log.Traced(new MasterEntry.Pinned(Shard, G2));
        _log.Traced(new MasterEntry.Wanted(Shard, G3, MoveId.None));
        Assert.Empty(_log.State.Pins);
        _log.Traced(new MasterEntry.MoveCancelled(Shard, G1));
        Assert.Equal(before, _log.State.Pins[0]);
        Assert.Empty(_log.State.WantedPlaces);
        Assert.Empty(_log.State.ReplacedPins);

        _log.Traced(new MasterEntry.Wanted(Shard, G2, MoveId.None));
        _log.Traced(new MasterEntry.MoveCancelled(Shard, G1));
        Assert.Equal(before, _log.State.Pins[0]);
    }

    [Fact]
    public void Cancel_WithoutAPinBefore_LeavesNone()
    {
        _log.Holds(G1, 0);
        _log.Traced(new MasterEntry.Pinned(Shard, G2));
        _log.Traced(new MasterEntry.Pinned(Shard, G3));
        _log.Traced(new MasterEntry.MoveCancelled(Shard, G1));
        Assert.Empty(_log.State.Pins);
    }

    // The commit was faster than the cancellation: the shard moves back to the source, and to its pin there.
    [Fact]
    public void Cancel_AfterTheCommit_BringsTheShardBack_WithItsPin()
    {
        _log.Holds(G1, 0);
        _log.Traced(new MasterEntry.Pinned(Shard, G1));
        _log.Traced(new MasterEntry.Pinned(Shard, G2));
        _log.Apply(new MasterEntry.MoveBegun(Shard, G2));
        _log.Decide(1, 9, Receipt);
        _log.Traced(new MasterEntry.MoveCancelled(Shard, G1));
        Assert.Equal((G1, G1), (_log.State.WantedPlaces[0].Group, _log.State.Pins[0].Group));
    }

    [Fact]
    public void Cancel_WhereTheGroupHasLeft_IsRejected()
    {
        _log.Holds(G1, 0);
        _log.Traced(new MasterEntry.Pinned(Shard, G1));
        _log.Traced(new MasterEntry.Pinned(Shard, G2));
        _log.Traced(new MasterEntry.Left([G1]));
        Assert.Empty(_log.State.ReplacedPins);
        MasterOutcome.Rejected rejected = Assert.IsType<MasterOutcome.Rejected>(_log.Traced(new MasterEntry.MoveCancelled(Shard, G1)));
        Assert.Equal("shard 0 cannot stay at g1, which has left; expected that g1 joins again first", rejected.Text);
    }

    [Fact]
    public void ReplacedPin_OfAShardThatHasSettled_IsDropped()
    {
        _log.Holds(G1, 0);
        _log.Traced(new MasterEntry.Pinned(Shard, G1));
        _log.Traced(new MasterEntry.Wanted(Shard, G2, MoveId.None));
        Assert.Single(_log.State.ReplacedPins);
        _log.Traced(new MasterEntry.Wanted(Shard, G1, MoveId.None));
        Assert.Empty(_log.State.ReplacedPins);
        Assert.Empty(_log.State.Pins);
    }

    private GroupId Owner(int shard) => Assert.IsType<MasterOutcome.Ownership>(
        _log.Apply(new MasterEntry.Assigned(new ShardId(shard), null))).Owner.Owner;

    private static ImmutableArray<GroupId> Groups(MoveLog log, ulong epoch) =>
        Assert.IsType<ConfigReply>(log.State.ConfigAt(new Epoch(epoch))).Groups;
}
