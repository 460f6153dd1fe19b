using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces;

namespace OrleansShards.Tests.Client;

/// <summary>Each request that goes by a front ends in one event, whatever becomes of the calls that carry it and its answer.</summary>
public sealed class FrontChannelTests
{
    private static readonly Incarnation Run = new(7);

    private readonly List<Event> _events = [];
    private readonly ScriptedFront _front = new();
    private readonly FrontChannel _channel;

    public FrontChannelTests() => _channel = new FrontChannel(_front, _events.AddRange);

    [Fact]
    public void Send_OfOneTurn_IsOneCallAndEachGetsItsAnswer()
    {
        _channel.Send([Call(1), Call(2), Call(3)]);
        _front.Answer(0, Done(3), Done(1), Done(2));

        Assert.Single(_front.Calls);
        Assert.Equal([3UL, 1, 2], _events.Cast<Event.Answered>().Select(static one => one.Id.Number));
    }

    [Fact]
    public void Answers_Come_AnotherCallFetchesTheRest()
    {
        _channel.Send([Call(1), Call(2)]);
        _front.Answer(0, Done(2));
        Assert.Empty(_front.Calls[1].Requests);

        _front.Answer(1);
        _front.Answer(2, Done(1));
        Assert.Equal(3, _front.Calls.Count);
        Assert.Equal([2UL, 1], _events.Cast<Event.Answered>().Select(static one => one.Id.Number));
    }

    [Fact]
    public void Answers_ComeWhileAnotherCallIsUnderWay_ThatOneFetchesTheRest()
    {
        _channel.Send([Call(1), Call(2)]);
        _channel.Send([Call(3)]);
        _front.Answer(0, Done(3));
        _front.Answer(1, Done(1), Done(2));

        Assert.Equal(2, _front.Calls.Count);
        Assert.Equal(3, _events.Count);
    }

    [Fact]
    public void Call_Fails_EveryOpenRequestMayHaveBeenCarriedOut()
    {
        _channel.Send([Call(1), Call(2)]);
        _channel.Send([Call(3)]);
        _front.Answer(0, Done(1));
        _front.Fail(1, "the silo is gone");

        Assert.IsType<Event.Answered>(_events[0]);
        Assert.Equal(
            [(2UL, true, "the silo is gone"), (3UL, true, "the silo is gone")],
            _events.Skip(1).Cast<Event.CallFailed>().Select(static one => (one.Id.Number, one.Delivered, one.Reason)));
    }

    [Fact]
    public void Answer_ComesAfterAFailure_IsIgnoredAndTheNextRequestsAreServed()
    {
        _channel.Send([Call(1)]);
        _channel.Send([Call(2)]);
        _front.Fail(0, "time-out");
        _front.Answer(1, Done(1), Done(2));
        _channel.Send([Call(3)]);
        _front.Answer(2, Done(3));

        Assert.Equal([1UL, 2], _events.Take(2).Cast<Event.CallFailed>().Select(static one => one.Id.Number));
        Assert.Equal(3UL, Assert.IsType<Event.Answered>(Assert.Single(_events.Skip(2))).Id.Number);
    }

    [Fact]
    public void Answer_IsNoneOrNotUnderstood_SaysWhy()
    {
        _channel.Send([Call(1), Call(2)]);
        _front.Answer(0, new FrontAnswer(1, null, "shard n1/0 is being stopped here"), new FrontAnswer(2, new KeyReply(0, default), null));

        Assert.Equal("shard n1/0 is being stopped here", Assert.IsType<Event.CallFailed>(_events[0]).Reason);
        Assert.Contains("KeyReply.Verdict", Assert.IsType<Event.CallFailed>(_events[1]).Reason, StringComparison.Ordinal);
    }

    private static Effect.Call Call(ulong number) => new(
        new CallId(Run, number),
        NodeAddress.Of(new GroupId("n1"), new ShardId(0)),
        new KeyRequest(SessionTag.None, new KeyCommand(KeyVerb.Read, JsonText.Parse("1"), default, default, false)));

    private static FrontAnswer Done(ulong number) => new(number, new KeyReply(KeyVerdict.Absent, default), null);

    private sealed class ScriptedFront : IShardFront
    {
        private readonly List<TaskCompletionSource<FrontAnswers>> _open = [];

        internal List<FrontRequests> Calls { get; } = [];

        public Task<FrontAnswers> Exchange(FrontRequests requests)
        {
            Calls.Add(requests);
            _open.Add(new());
            return _open[^1].Task;
        }

        internal void Answer(int call, params FrontAnswer[] answers) => _open[call].SetResult(new FrontAnswers([.. answers]));

        internal void Fail(int call, string text) => _open[call].SetException(new TimeoutException(text));
    }
}
