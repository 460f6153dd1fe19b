using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using static OrleansShards.Tests.Client.RouterHarness;

namespace OrleansShards.Tests.Client;

public sealed class RouterKeyTests
{
    private static readonly NodeAddress AtG1 = NodeAddress.Of(G1, Shard);
    private static readonly NodeAddress AtG2 = NodeAddress.Of(G2, Shard);
    private readonly RouterHarness _router = new();

    [Fact]
    public void Write_OwnerUnknown_IsLocatedOnceForAllThatWait()
    {
        ulong first = _router.Write();
        ulong second = _router.Write();
        _router.Locate(G1);

        Assert.Equal(2, _router.Calls.Count);
        foreach (Effect.Call call in _router.Calls.ToArray())
        {
            Assert.Equal(AtG1, call.To);
            _router.Answer(call, Done);
        }

        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[first]);
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[second]);
        Assert.Equal(0, _router.OpenRequests);
    }

    [Fact]
    public void Write_WithoutSession_TravelsInALaneOfItsOwn()
    {
        _router.Write();
        _router.Write();
        _router.Locate(G1);

        SessionTag[] sessions = [.. _router.Calls.Select(static call => ((KeyRequest)call.Request).Session)];
        Assert.All(sessions, static session => Assert.Equal(SessionKind.Router, session.Kind));
        Assert.NotEqual(sessions[0].Client, sessions[1].Client);
    }

    [Fact]
    public void Write_LaneIsFreeAgain_UsesTheNextNumber()
    {
        _router.Write();
        _router.Locate(G1);
        Effect.Call first = _router.Take(AtG1);
        _router.Answer(first, Done);
        _router.Write();
        Effect.Call second = _router.Take(AtG1);

        SessionTag before = ((KeyRequest)first.Request).Session;
        SessionTag after = ((KeyRequest)second.Request).Session;
        Assert.Equal(before with { Sequence = before.Sequence + 1 }, after);
    }

    [Fact]
    public void Write_CallersSession_IsPassedOnAsItIs()
    {
        SessionTag session = new(SessionKind.Client, "c1", 5);
        _router.Write(session: session);
        _router.Locate(G1);

        Assert.Equal(session, ((KeyRequest)_router.Take(AtG1).Request).Session);
    }

    [Fact]
    public void Read_WithoutSession_TakesNoLane()
    {
        _router.Read();
        _router.Locate(G1);

        Assert.Equal(SessionTag.None, ((KeyRequest)_router.Take(AtG1).Request).Session);
    }

    [Theory]
    [InlineData(KeyVerdict.Absent)]
    [InlineData(KeyVerdict.Differs)]
    [InlineData(KeyVerdict.StaleSequence)]
    public void Write_DefiniteVerdict_IsRejected(KeyVerdict verdict)
    {
        ulong ticket = _router.Write();
        _router.Locate(G1);
        _router.Answer(_router.Take(AtG1), new KeyReply(verdict, default));

        Assert.IsType<ClientOutcome.Rejected>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Write_Moved_FollowsAtOnceInTheSameSession()
    {
        ulong ticket = _router.Write();
        _router.Locate(G1);
        Effect.Call first = _router.Take(AtG1);
        _router.Answer(first, Refusal(ShardRefusalKind.Moved, G2));
        Effect.Call second = _router.Take(AtG2);
        Assert.Equal(((KeyRequest)first.Request).Session, ((KeyRequest)second.Request).Session);
        _router.Answer(second, Done);

        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
        _router.Read();
        _router.Take(AtG2);
    }

    [Fact]
    public void Write_InTheRoutersOwnSession_IsMeantForTheEpochThatTheRouterKnows()
    {
        _router.Write();
        _router.Locate(G1);
        Effect.Call first = _router.Take(AtG1);
        Assert.Equal(new Epoch(1), ((KeyRequest)first.Request).MeantFor);

        // The shard has been elsewhere since, and is here again.
        _router.Answer(first, Refusal(ShardRefusalKind.Moved, G1, 7));
        Effect.Call second = _router.Take(AtG1);
        Assert.Equal(new Epoch(7), ((KeyRequest)second.Request).MeantFor);

        _router.Answer(second, Refusal(ShardRefusalKind.Moved, G2, 8));
        Assert.Equal(new Epoch(8), ((KeyRequest)_router.Take(AtG2).Request).MeantFor);
    }

    [Fact]
    public void Write_InDoubt_IsAskedForWithTheEpochOfTheAttempt()
    {
        _router.Write();
        _router.Locate(G1);
        _router.Take(AtG1);
        _router.Publish(new ShardMoved(Shard, G2, new Epoch(5)));
        _router.Pass(310);
        _router.Pass(10);

        // Another epoch would let g1 refuse what is still on its way to it.
        Assert.Equal(new Epoch(1), ((KeyRequest)_router.Take(AtG1).Request).MeantFor);
    }

    [Fact]
    public void Write_InAClientsSession_IsMeantForAnyEpoch()
    {
        _router.Write(session: new SessionTag(SessionKind.Client, "c", 1));
        _router.Locate(G1);
        Assert.Null(((KeyRequest)_router.Take(AtG1).Request).MeantFor);
    }

    [Fact]
    public void Write_SentInACircle_PausesAfterFourRedirects()
    {
        _router.Write();
        _router.Locate(G1);
        for (ulong hop = 0; hop < 4; hop++)
        {
            bool isAtG1 = hop % 2 == 0;
            Effect.Call call = _router.Take(isAtG1 ? AtG1 : AtG2);
            _router.Answer(call, Refusal(ShardRefusalKind.Moved, isAtG1 ? G2 : G1, 2 + hop));
        }

        _router.Answer(_router.Take(AtG1), Refusal(ShardRefusalKind.Moved, G2, 9));
        Assert.Empty(_router.Calls);
        _router.Pass(5);
        _router.Take(AtG2);
    }

    [Theory]
    [InlineData(ShardRefusalKind.HandingOver)]
    [InlineData(ShardRefusalKind.NotReady)]
    public void Write_RefusedForNow_IsRepeatedAndThenNotApplied(ShardRefusalKind kind)
    {
        ulong ticket = _router.Write();
        _router.Locate(G1);
        _router.Answer(_router.Take(AtG1), Refusal(kind));
        _router.Pass(5);
        _router.Answer(_router.Take(AtG1), Refusal(kind));
        _router.Pass(1000);

        ClientOutcome.NotApplied outcome = Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[ticket]);
        Assert.Equal(Refusal(kind), outcome.Reply);
    }

    // Seen on a busy machine: the last of many refused attempts was under way at the deadline, so that what had been
    // refused for certain was answered as unknown.
    [Fact]
    public void Write_RefusedUntilShortlyBeforeTheDeadline_IsNotSentOnceMore()
    {
        ulong ticket = _router.Write();
        _router.Locate(G1);
        _router.Pass(250);
        _router.Answer(_router.Take(AtG1), Refusal(ShardRefusalKind.HandingOver));
        _router.Pass(520);
        Assert.Empty(_router.Calls);
        _router.Pass(130);

        Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Write_NotHeld_AsksTheMasterAgain()
    {
        _router.Write();
        _router.Locate(G1);
        _router.Answer(_router.Take(AtG1), Refusal(ShardRefusalKind.NotHeld));
        _router.Pass(5);
        _router.Locate(G2);
        _router.Take(AtG2);
    }

    [Fact]
    public void Write_LostOnTheWay_AsksTheSameGroupFirst_ThoughTheShardHasMoved()
    {
        // The copy at g1 may have carried it out; only its log can tell, since a router's sessions stay there when a
        // client hands the shard over. So the retry goes to g1, and to g2 only when g1 has said "not here".
        ulong ticket = _router.Write();
        _router.Locate(G1);
        Effect.Call lost = _router.Take(AtG1);
        _router.Fail(lost, delivered: true);
        _router.Publish(new ShardMoved(Shard, G2, new Epoch(5)));
        _router.Pass(5);
        Effect.Call again = _router.Take(AtG1);
        Assert.Equal(lost.Request, again.Request);
        _router.Answer(again, Refusal(ShardRefusalKind.Moved, G2, 5));
        _router.Answer(_router.Take(AtG2), Done);

        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Write_LostOnceThenRefused_IsUnknownAtTheDeadline()
    {
        // The first attempt may still be on its way: no later refusal makes the outcome certain.
        ulong ticket = _router.Write();
        _router.Locate(G1);
        _router.Fail(_router.Take(AtG1), delivered: true);
        _router.Pass(5);
        _router.Answer(_router.Take(AtG1), Refusal(ShardRefusalKind.HandingOver));
        _router.Pass(1000);

        Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Write_NeverDelivered_IsNotAppliedAtTheDeadline()
    {
        ulong ticket = _router.Write();
        _router.Locate(G1);
        _router.Fail(_router.Take(AtG1), delivered: false);
        _router.Pass(1000);

        Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Write_UnansweredAtTheDeadline_IsUnknown()
    {
        ulong ticket = _router.Write();
        _router.Locate(G1);
        _router.Pass(899);
        Assert.DoesNotContain(ticket, _router.Outcomes);
        _router.Pass(1);

        Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Read_UnansweredAtTheDeadline_IsNotApplied()
    {
        ulong ticket = _router.Read();
        _router.Locate(G1);
        _router.Pass(900);

        Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Write_AttemptTakesTooLong_IsSentAgainInTheSameSession_AndTheLateAnswerIsIgnored()
    {
        ulong ticket = _router.Write();
        _router.Locate(G1);
        Effect.Call slow = _router.Take(AtG1);
        _router.Pass(300);
        _router.Pass(5);
        Effect.Call again = _router.Take(AtG1);
        Assert.Equal(slow.Request, again.Request);
        _router.Answer(slow, new KeyReply(KeyVerdict.Absent, default));
        Assert.DoesNotContain(ticket, _router.Outcomes);
        _router.Answer(again, Done);

        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Answer_Repeated_IsIgnored()
    {
        _router.Write();
        _router.Locate(G1);
        Effect.Call call = _router.Take(AtG1);
        _router.Answer(call, Done);
        _router.Answer(call, Done);

        Assert.Single(_router.Outcomes);
    }

    [Fact]
    public void Map_OlderNews_IsIgnored()
    {
        _router.Publish(new ShardMoved(Shard, G2, new Epoch(5)));
        _router.Publish(new ShardMoved(Shard, G1, new Epoch(4)));
        _router.Read();

        _router.Take(AtG2);
    }

    [Fact]
    public void Write_AnotherRouterMayHaveSentIt_EveryGroupIsAskedBeforeTheOwner()
    {
        SessionTag session = new(SessionKind.Router, "a gateway's", 4);
        ulong ticket = _router.Submit(new ClientRequest.OnKey(
            new KeyCommand(KeyVerb.Write, JsonText.Parse("1"), JsonText.Parse("2"), default, false), Shard, session)
        {
            MayHaveRun = true,
        });
        Effect.Call question = _router.Take(NodeAddress.Of(N1));
        Assert.Equal(new QueryConfig(null), question.Request);
        _router.Answer(question, Groups(G1, G2));
        _router.Answer(_router.Take(AtG1), Refusal(ShardRefusalKind.NotHeld));
        _router.Answer(_router.Take(AtG2), Done);

        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }
}
