using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.Moves.MoveCluster;

namespace OrleansShards.Tests.Core.Masters.Moves;

/// <summary>What operators and silos ask of the primary about groups that the cluster was not created with.</summary>
public sealed class LaterGroupsRequestTests
{
    private static readonly GroupId G4 = new("g4");
    private readonly MoveCluster _cluster = new();

    [Fact]
    public void Join_OfANewGroup_GetsShards_AndIsDecidedOnce()
    {
        _cluster.Holds(G1, 0, 1);
        _cluster.Holds(G2, 2);
        _cluster.Ask<Rebalanced>(new LeaveGroups([G3], false));
        int decisions = _cluster.Masters.Decisions.Count;
        PlannedMove planned = Assert.Single(_cluster.Ask<MovePlan>(new JoinGroups([G4], true)).Moves);
        Assert.Equal((G1, G4), (planned.Source, planned.Target));
        Assert.Equal(decisions, _cluster.Masters.Decisions.Count);

        Rebalanced joined = _cluster.Ask<Rebalanced>(new JoinGroups([G4], false));
        Assert.Equal(joined, _cluster.Ask<Rebalanced>(new JoinGroups([G4], false)));
        Assert.Equal(
            [MasterEntryKind.GroupsAdded, MasterEntryKind.Joined],
            _cluster.Masters.Decisions.OfType<MasterEntry.OfGroups>().Skip(1).Select(static entry => entry.Kind));
        ConfigReply config = _cluster.Ask<ConfigReply>(new QueryConfig(null));
        Assert.Equal([G1, G2, G4], config.Groups);
        Assert.Equal([G1, G2, G3, G4], config.Known!.Value);
        _cluster.Until(() => _cluster.State.ActiveMoves.Values.Any(static move => move.Target == G4));
    }

    [Fact]
    public void Forget_OfAGroupThatHasLeft_EndsIt_HoweverOftenItIsAskedFor()
    {
        Refused(new ForgetGroups([G3]), MasterRefusalKind.WrongState, "is a member");
        _cluster.Ask<Rebalanced>(new JoinGroups([G4], false));
        _cluster.Ask<Rebalanced>(new LeaveGroups([G3, G4], false));
        int decisions = _cluster.Masters.Decisions.Count;
        Assert.IsType<GroupsForgotten>(_cluster.Masters.Ask(_cluster.Primary, new ForgetGroups([G4])));
        Assert.IsType<GroupsForgotten>(_cluster.Masters.Ask(_cluster.Primary, new ForgetGroups([G4])));
        Assert.Equal(decisions + 1, _cluster.Masters.Decisions.Count);
        Assert.Equal([G1, G2, G3], _cluster.State.Groups);
        Refused(new LeaveGroups([G4], false), MasterRefusalKind.UnknownName, "there is no group g4, the cluster has g1, g2, g3");
        Refused(new MigrateShard(new ShardId(0), G4), MasterRefusalKind.UnknownName, "there is no group g4");
    }

    [Fact]
    public void Forget_WhileItsCopiesHoldSomethingOrDoNotSay_IsRefused()
    {
        _cluster.Ask<Rebalanced>(new LeaveGroups([G3], false));
        _cluster.Holders.Add(G3);
        Refused(new ForgetGroups([G3]), MasterRefusalKind.WrongState, "shard g3/0 holds or receives something");
        _cluster.Holders.Clear();
        _cluster.Silent.Add(G3);
        TestCall asked = _cluster.Masters.Send(_cluster.Primary, new ForgetGroups([G3]));
        _cluster.Advance(1.5);
        MasterRefusal refusal = Assert.IsType<MasterRefusal>(asked.Reply);
        Assert.Equal(
            (MasterRefusalKind.Unavailable, "shard g3/0 does not say whether it holds anything"), (refusal.Kind, refusal.Text));
        Assert.Equal([G1, G2, G3], _cluster.State.Groups);
    }

    [Fact]
    public void Forget_WhileAJoinIsOnItsWayIntoTheLog_IsNotTakenForDone()
    {
        TestCall join = _cluster.Masters.Send(_cluster.Primary, new JoinGroups([G4], false));
        TestCall forget = _cluster.Masters.Send(_cluster.Primary, new ForgetGroups([G4]));
        _cluster.Masters.Nodes.Run();
        _cluster.Advance(0.5);
        Assert.IsType<Rebalanced>(join.Reply);
        Assert.Equal(MasterRefusalKind.WrongState, Assert.IsType<MasterRefusal>(forget.Reply).Kind);
    }

    // Found by the simulator (profile groups, seed 14): the answer to the repetition was made of a state without the group.
    [Fact]
    public void Leave_RepeatedWhileItsGroupIsBeingForgotten_IsRefused()
    {
        _cluster.Ask<Rebalanced>(new LeaveGroups([G3], false));
        _cluster.Masters.Let(static packet => MasterCluster.IsStore<StoreRequest.Put>(packet, MasterCluster.N1), Fate.Hold);
        TestCall forget = _cluster.Masters.Send(_cluster.Primary, new ForgetGroups([G3]));
        _cluster.Masters.Nodes.Run();
        TestCall leave = _cluster.Masters.Send(_cluster.Primary, new LeaveGroups([G3], false));
        _cluster.Masters.Nodes.Run();
        Assert.Null(forget.Reply);
        _cluster.Masters.Heal();
        _cluster.Masters.Nodes.ReleaseAll();
        _cluster.Advance(0.5);
        Assert.IsType<GroupsForgotten>(forget.Reply);
        Assert.Equal(MasterRefusalKind.UnknownName, Assert.IsType<MasterRefusal>(leave.Reply).Kind);
    }

    // Found by the simulator (profile groups, seeds 249 and 265): the client has confirmed, and only the target can take the content.
    [Fact]
    public void Locate_ByAGroupThatWasForgotten_IsAnsweredWhereTheShardHasAnOwner()
    {
        _cluster.Holds(G1, 0);
        _cluster.Ask<Rebalanced>(new LeaveGroups([G3], false));
        _cluster.Ask<GroupsForgotten>(new ForgetGroups([G3]));
        Assert.Equal(G1, _cluster.Ask<ShardOwner>(new LocateShard(new ShardId(0), G3)).Owner);
        Refused(new LocateShard(new ShardId(1), G3), MasterRefusalKind.UnknownName, "there is no group g3");
    }

    // A hand-over of a client may reach a group between its last heartbeat and its end: what it serves counts.
    [Fact]
    public void Report_OfAGroupThatWasForgotten_MakesItKnownAgain()
    {
        _cluster.Holds(G1, 0);
        _cluster.Ask<Rebalanced>(new LeaveGroups([G3], false));
        Assert.IsType<GroupsForgotten>(_cluster.Masters.Ask(_cluster.Primary, new ForgetGroups([G3])));
        ReportOwner report = new(new ShardId(0), G3, new Epoch(2), false);
        Assert.Equal(G3, _cluster.Ask<ShardOwner>(report).Owner);
        Assert.Equal([G1, G2, G3], _cluster.State.Groups);
        Assert.Equal([G1, G2], _cluster.State.Members);
        Assert.Equal(G3, _cluster.Ask<ShardOwner>(report).Owner);
        Refused(new ReportOwner(new ShardId(0), new GroupId("n1"), new Epoch(3), false), MasterRefusalKind.WrongState, "a master's name");
    }

    [Fact]
    public void Heartbeat_OfANewGroup_AnnouncesItUntilItFallsSilent()
    {
        Refused(new Heartbeat(G4), MasterRefusalKind.UnknownName, "there is no group g4");
        Assert.True(_cluster.Ask<HeartbeatReply>(new Heartbeat(G4) { Announces = true }).IsStranger);
        Refused(new Heartbeat(new GroupId("n2")) { Announces = true }, MasterRefusalKind.UnknownName, "there is no group n2");
        ClusterStatusReply status = _cluster.Ask<ClusterStatusReply>(new QueryClusterStatus());
        Assert.Equal([G4], status.Announced!.Value);
        Assert.Equal([G1, G2, G3], status.Config.Groups);
        _cluster.Ask<Rebalanced>(new JoinGroups([G4], false));
        Assert.False(_cluster.Ask<HeartbeatReply>(new Heartbeat(G4) { Announces = true }).IsStranger);
        status = _cluster.Ask<ClusterStatusReply>(new QueryClusterStatus());
        Assert.Empty(status.Announced!.Value);
        Assert.Equal([G1, G2, G3, G4], status.Config.Groups);

        _cluster.Ask<HeartbeatReply>(new Heartbeat(new GroupId("g5")) { Announces = true });
        _cluster.Advance(11);
        Assert.Empty(_cluster.Ask<ClusterStatusReply>(new QueryClusterStatus()).Announced!.Value);
    }

    private void Refused(OrleansShards.Core.Nodes.Message request, MasterRefusalKind kind, string text) =>
        Assert.Contains(text, _cluster.Masters.Refused(_cluster.Primary, request, kind).Text, StringComparison.Ordinal);
}
