using OrleansShards.Core;
using OrleansShards.Core.Groups;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Groups;

public sealed class GroupNodeTests
{
    private static readonly MasterName N1 = new("n1");
    private static readonly MasterName N2 = new("n2");

    private readonly GroupNode _group = new(
        new GroupConfig { Group = new GroupId("g1"), Masters = [N1, N2] }, new Incarnation(7));

    private readonly List<Effect> _effects = [];
    private double _seconds;

    [Fact]
    public void Tick_SendsOneHeartbeatAnIntervalToTheFirstMaster()
    {
        Step(Event.Started.Instance);
        Assert.Empty(_effects);
        Effect.Call first = Beat();
        Assert.Equal((NodeAddress.Of(N1), new Heartbeat(new GroupId("g1")) { Announces = true }), (first.To, first.Request));
        Answer(first, new HeartbeatReply(N1, new Term(1)));
        _seconds = 0.9;
        Step(Event.Tick.Instance);
        Assert.Empty(_effects);
        _seconds = 1;
        Assert.Equal(NodeAddress.Of(N1), Beat().To);
        Assert.Equal("Group g1", _group.Address.ToString());
    }

    [Fact]
    public void Answer_FromThePrimary_IsKept()
    {
        Answer(Beat(), new HeartbeatReply(N1, new Term(3)));
        Assert.Equal((N1, new Term(3), At(0)), (_group.Primary, _group.Term, _group.AnsweredAt!.Value));
    }

    [Fact]
    public void Answer_OfAnOlderTerm_DoesNotDrawTheGroupBack()
    {
        Answer(Beat(), new HeartbeatReply(N1, new Term(1)));
        Step(new Event.Published(new PrimaryChanged(N2, new Term(2))));
        Answer(Single(), new HeartbeatReply(N2, new Term(2)));
        _seconds = 1;
        Effect.Call call = Beat();
        Assert.Equal(NodeAddress.Of(N2), call.To);
        Answer(call, new HeartbeatReply(N1, new Term(1)));
        Assert.Equal((N1, new Term(2)), (_group.Primary, _group.Term));
        Assert.Equal(At(0), _group.AnsweredAt);
    }

    [Fact]
    public void Redirect_IsFollowedAtOnceButOnlyOnceAnInterval()
    {
        Answer(Beat(), new NotPrimary(N2, new Term(2), "no"));
        Effect.Call hop = Single();
        Assert.Equal(NodeAddress.Of(N2), hop.To);
        Answer(hop, new NotPrimary(N1, new Term(2), "no"));
        Assert.Empty(_effects);
        _seconds = 1;
        Assert.Equal(NodeAddress.Of(N1), Beat().To);
    }

    [Fact]
    public void RedirectToNobody_AsksTheNext()
    {
        Answer(Beat(), new NotPrimary(null, new Term(2), "no"));
        Assert.Equal(NodeAddress.Of(N2), Single().To);
    }

    [Fact]
    public void Notice_OfAHigherTerm_BringsAHeartbeatAtOnceAndAnOlderOneNothing()
    {
        Answer(Beat(), new HeartbeatReply(N1, new Term(2)));
        Step(new Event.Published(new PrimaryChanged(N2, new Term(2))));
        Assert.Empty(_effects);
        Step(new Event.Published(new PrimaryChanged(N2, new Term(3))));
        Assert.Equal(NodeAddress.Of(N2), Single().To);
        Step(new Event.Published(new ShardMoved(new ShardId(1), new GroupId("g1"), new Epoch(2))));
        Assert.Empty(_effects);
    }

    [Fact]
    public void NoAnswer_FailureAndRefusal_AskTheNext()
    {
        Beat();
        _seconds = 1;
        Effect.Call second = Beat();
        Assert.Equal(NodeAddress.Of(N2), second.To);
        Step(new Event.CallFailed(second.Id, false, "gone"));
        _seconds = 2;
        Effect.Call third = Beat();
        Assert.Equal(NodeAddress.Of(N1), third.To);
        Answer(third, new MasterRefusal(MasterRefusalKind.UnknownName, "there is no group g1", N1));
        Assert.Equal(N2, _group.Primary);
        Assert.Null(_group.AnsweredAt);
    }

    [Fact]
    public void StaleAnswers_AreIgnored()
    {
        Effect.Call call = Beat();
        Answer(call, new HeartbeatReply(N1, new Term(1)));
        Answer(call, new HeartbeatReply(N2, new Term(9)));
        Step(new Event.CallFailed(call.Id, true, "late"));
        Step(new Event.Answered(new CallId(new Incarnation(6), 1), new HeartbeatReply(N2, new Term(9))));
        Assert.Equal((N1, new Term(1)), (_group.Primary, _group.Term));
    }

    [Fact]
    public void Called_IsRefused()
    {
        Step(new Event.Called(new CallId(new Incarnation(1), 1), NodeAddress.Of(N1), new QueryAvailability()));
        Effect.Answer answer = Assert.IsType<Effect.Answer>(Assert.Single(_effects));
        Assert.Equal(MasterRefusalKind.WrongState, Assert.IsType<MasterRefusal>(answer.Reply).Kind);
    }

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds));

    private Effect.Call Beat()
    {
        Step(Event.Tick.Instance);
        return Single();
    }

    private Effect.Call Single() => Assert.IsType<Effect.Call>(Assert.Single(_effects));

    private void Answer(Effect.Call call, Message reply) => Step(new Event.Answered(call.Id, reply));

    private void Step(Event happened)
    {
        _effects.Clear();
        _group.Step(At(_seconds), happened, _effects);
    }
}
