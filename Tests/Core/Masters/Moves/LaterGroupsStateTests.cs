using System.Collections.Immutable;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Shards;
using static OrleansShards.Tests.Core.Masters.Moves.MoveLog;

namespace OrleansShards.Tests.Core.Masters.Moves;

/// <summary>Groups that the cluster was not created with.</summary>
public sealed class LaterGroupsStateTests
{
    private static readonly GroupId G4 = new("g4");
    private static readonly GroupId G5 = new("g5");
    private readonly MoveLog _log = new();

    [Fact]
    public void Added_IsNoMemberUntilItJoins_AndComesLastInOrder()
    {
        Assert.Equal(MasterRefusalKind.UnknownName, _log.Rejected(new MasterEntry.Joined([G4])));
        Add(G5, G4);
        Assert.Equal([G1, G2, G3, G5, G4], _log.State.Groups);
        Assert.Equal([G1, G2, G3], _log.State.Members);
        Assert.Equal(new Epoch(1), _log.State.MapEpoch);
        Add(G4);
        Assert.Equal([G1, G2, G3, G5, G4], _log.State.Groups);

        Assert.Equal(new Epoch(2), _log.Epoch(new MasterEntry.Joined([G4, G5])));
        Assert.Equal([G1, G2, G3, G5, G4], _log.State.Members);
        Assert.Equal([G1, G2, G3], Members(1));
    }

    [Fact]
    public void Added_WithWhatNoGroupMayBeCalled_IsRejected()
    {
        foreach (string name in (string[])["n1", "", "g/4", "g,4", "g 4", "gé", new string('g', 65)])
        {
            Assert.Equal(MasterRefusalKind.WrongState, _log.Rejected(new MasterEntry.GroupsAdded([G4, new GroupId(name)])));
            Assert.Equal([G1, G2, G3], _log.State.Groups);
        }

        Add(new GroupId(new string('g', 64)));
        Assert.Equal(4, _log.State.Groups.Length);
    }

    [Fact]
    public void Added_BeyondTheLimit_IsRejected()
    {
        Add([.. Enumerable.Range(4, MasterState.GroupsMax - 3).Select(static number => new GroupId($"g{number}"))]);
        Assert.Equal(MasterState.GroupsMax, _log.State.Groups.Length);
        Assert.Equal(MasterRefusalKind.WrongState, _log.Rejected(new MasterEntry.GroupsAdded([new GroupId("more")])));
        Add(G4);
        Forget(G5);
        Add(new GroupId("more"));
    }

    [Fact]
    public void Joined_ThatCameLater_GetsItsShareOfTheShards()
    {
        _log.Holds(G1, 0, 1, 2, 3);
        _log.Epoch(new MasterEntry.Left([G2, G3]));
        Add(G4);
        _log.Epoch(new MasterEntry.Joined([G4]));
        Assert.Equal([G4, G4], _log.State.WantedPlaces.Values.Select(static place => place.Group));
    }

    [Fact]
    public void Forgotten_AMember_IsRejected()
    {
        Assert.Equal(MasterRefusalKind.WrongState, _log.Rejected(new MasterEntry.Forgotten([G3])));
        Assert.Equal(MasterRefusalKind.WrongState, _log.Rejected(new MasterEntry.Forgotten([])));
        _log.Epoch(new MasterEntry.Left([G3]));
        Forget(G3);
        Assert.Equal([G1, G2], _log.State.Groups);
        Assert.Equal(MasterRefusalKind.UnknownName, _log.Rejected(new MasterEntry.Left([G3])));
    }

    [Fact]
    public void Forgotten_WhileItHasAShardOrAMoveOfIt_IsRejected()
    {
        ShardMove move = _log.Begun();
        _log.Epoch(new MasterEntry.Left([G1]));
        Assert.Equal("group g1 still has shard 0", WhyNot(G1));
        Assert.Equal(MoveDecision.Committed, _log.Decide(1, 2, Receipt));
        Assert.Equal("move 1 of shard 0 from g1 to g2 has not ended", WhyNot(G1));
        _log.Apply(new MasterEntry.MoveEnded(Shard, move.Id, null));
        Forget(G1);
        Assert.Equal([G2, G3], _log.State.Groups);
        Assert.Equal(G2, _log.State.Find(Shard)!.Owner);
    }

    [Fact]
    public void Forgotten_IsShownWhereItWasAMember_AndMayComeAgain()
    {
        Add(G4);
        _log.Epoch(new MasterEntry.Joined([G4]));
        _log.Epoch(new MasterEntry.Left([G2]));
        _log.Epoch(new MasterEntry.Left([G4]));
        Forget(G2, G4);
        Assert.Equal([G1, G3], _log.State.Groups);
        Assert.Equal([G1, G3, G2, G4], Members(2));
        Assert.Equal([G1, G3, G4], Members(3));

        Add(G2);
        Assert.Equal(new Epoch(5), _log.Epoch(new MasterEntry.Joined([G2])));
        Assert.Equal([G1, G3, G2], _log.State.Members);
    }

    // Formats 2 and 3 have no place for them; what the releases before have written stays what it was.
    [Fact]
    public void Checkpoint_WithLaterGroups_IsReadBack_AndWithoutThemIsAsBefore()
    {
        byte[] before = MasterStateCodec.Encode(_log.State);
        Assert.Equal(2, before[4]);
        Add(G4);
        byte[] with = MasterStateCodec.Encode(_log.State);
        Assert.Equal(4, with[4]);
        MasterState read = new(64);
        read.Restore(with);
        Assert.Equal(_log.State.Groups, read.Groups.AsEnumerable());
        Assert.Equal(_log.State.Members, read.Members.AsEnumerable());
        Assert.Equal(with, MasterStateCodec.Encode(read));

        Forget(G4);
        Assert.Equal(before, MasterStateCodec.Encode(_log.State));
    }

    private void Add(params ImmutableArray<GroupId> groups) =>
        Assert.IsType<MasterOutcome.Done>(_log.Apply(new MasterEntry.GroupsAdded(groups)));

    private void Forget(params ImmutableArray<GroupId> groups) =>
        Assert.IsType<MasterOutcome.Forgotten>(_log.Apply(new MasterEntry.Forgotten(groups)));

    private string WhyNot(GroupId group) =>
        Assert.IsType<MasterOutcome.Rejected>(_log.Apply(new MasterEntry.Forgotten([group]))).Text;

    private ImmutableArray<GroupId> Members(ulong epoch) =>
        Assert.IsType<ConfigReply>(_log.State.ConfigAt(new Epoch(epoch))).Groups;
}
