using System.Collections.Immutable;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using static OrleansShards.Tests.Client.RouterHarness;

namespace OrleansShards.Tests.Client;

public sealed class RouterMasterTests
{
    private static readonly NodeAddress AtN1 = NodeAddress.Of(N1);
    private static readonly NodeAddress AtN2 = NodeAddress.Of(N2);
    private readonly RouterHarness _router = new();

    private ulong Ask(Message request) => _router.Submit(new ClientRequest.OfPrimary(request), 4500);

    [Fact]
    public void OfPrimary_Redirected_FollowsAtOnceAndRemembers()
    {
        ulong ticket = Ask(new QueryConfig(null));
        _router.Answer(_router.Take(AtN1), new NotPrimary(N2, new Term(2), "n2 leads"));
        _router.Answer(_router.Take(AtN2), new ConfigReply(Epoch.None, ImmutableSortedDictionary<int, GroupId>.Empty, [G1]));
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);

        Ask(new QueryConfig(null));
        _router.Take(AtN2);
    }

    [Fact]
    public void OfPrimary_NobodyLeads_GoesRoundUntilTheDeadline_AndSaysWhy()
    {
        ulong ticket = Ask(new QueryConfig(null));
        _router.Answer(_router.Take(AtN1), new NotPrimary(null, new Term(1), "nobody leads"));
        _router.Pass(5);
        _router.Answer(_router.Take(AtN2), new NotPrimary(null, new Term(1), "nobody leads"));
        _router.Pass(5000);

        Assert.Equal("nobody leads", Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[ticket]).Text);
    }

    [Fact]
    public void OfPrimary_Unreachable_AsksTheOther()
    {
        Ask(new Switchover(N2));
        _router.Fail(_router.Take(AtN1), delivered: false);
        _router.Pass(5);
        _router.Take(AtN2);
    }

    [Fact]
    public void OfPrimary_OlderHint_IsNoNews()
    {
        _router.Publish(new PrimaryChanged(N2, new Term(9)));
        Ask(new QueryConfig(null));
        _router.Answer(_router.Take(AtN2), new NotPrimary(N1, new Term(3), "n1 led once"));
        Assert.Empty(_router.Calls);
        _router.Pass(5);
        _router.Take(AtN1);
    }

    [Theory]
    [InlineData(MasterRefusalKind.UnknownName)]
    [InlineData(MasterRefusalKind.WrongState)]
    public void OfPrimary_Refused_IsRejected(MasterRefusalKind kind)
    {
        ulong ticket = Ask(new Switchover(N2));
        _router.Answer(_router.Take(AtN1), new MasterRefusal(kind, "no", N1));
        Assert.IsType<ClientOutcome.Rejected>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void OfPrimary_Unavailable_IsNotApplied()
    {
        ulong ticket = Ask(new Switchover(N2));
        _router.Answer(_router.Take(AtN1), new MasterRefusal(MasterRefusalKind.Unavailable, "not taken", N1));
        Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[ticket]);
    }

    [Theory]
    [InlineData(MasterRefusalKind.UnknownName)]
    [InlineData(MasterRefusalKind.WrongState)]
    [InlineData(MasterRefusalKind.Unavailable)]
    public void OfPrimary_RefusedAfterAnAttemptThatMayHaveRun_IsUnknown(MasterRefusalKind kind)
    {
        ulong ticket = Ask(new Switchover(N2));
        _router.Fail(_router.Take(AtN1), delivered: true);
        _router.Pass(5);
        _router.Answer(_router.Take(AtN2), new MasterRefusal(kind, "n2 leads already", N1));
        Assert.Equal(
            "it was asked for before with an outcome that is not known; this time: n2 leads already",
            Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]).Text);
    }

    [Fact]
    public void OfMaster_RefusedAfterAnAttemptThatMayHaveRun_IsUnknown_ButAQueryIsNotApplied()
    {
        Assert.IsType<ClientOutcome.Unknown>(RefusedTheSecondTime(new Switchover(N2)));
        Assert.IsType<ClientOutcome.NotApplied>(RefusedTheSecondTime(new QueryConfig(null)));
    }

    private ClientOutcome RefusedTheSecondTime(Message request)
    {
        ulong ticket = _router.Submit(new ClientRequest.OfMaster(N1, request));
        _router.Fail(_router.Take(AtN1), delivered: true);
        _router.Pass(5);
        _router.Answer(_router.Take(AtN1), new NotPrimary(N2, new Term(2), "n2 leads"));
        return _router.Outcomes[ticket];
    }

    [Fact]
    public void OfPrimary_MasterCannotTell_IsRepeated_AndUnknownAtTheDeadline()
    {
        ulong ticket = Ask(new Switchover(N2));
        _router.Answer(_router.Take(AtN1), new MasterUnknown("stepped down"));
        _router.Pass(5);
        _router.Answer(_router.Take(AtN1), new NotPrimary(null, new Term(1), "nobody leads"));
        _router.Pass(5000);
        Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void OfMaster_NotPrimary_IsTheAnswer()
    {
        ulong ticket = _router.Submit(new ClientRequest.OfMaster(N2, new Heartbeat(G1)));
        NotPrimary refusal = new(N1, new Term(1), "n1 leads");
        _router.Answer(_router.Take(AtN2), refusal);
        Assert.Equal(refusal, Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[ticket]).Reply);
    }

    [Fact]
    public void OfShard_RefusedForNow_IsRepeated()
    {
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G1, Shard, new ReceiveShard(default, G2)));
        NodeAddress copy = NodeAddress.Of(G1, Shard);
        _router.Answer(_router.Take(copy), Refusal(ShardRefusalKind.NotReady));
        _router.Pass(5);
        _router.Answer(_router.Take(copy), ShardDone.Instance);
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void OfShard_Moved_IsRejected_AndTheMapLearnsIt()
    {
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G1, Shard, new ConfirmReceived()));
        _router.Answer(_router.Take(NodeAddress.Of(G1, Shard)), Refusal(ShardRefusalKind.Moved, G2));
        Assert.IsType<ClientOutcome.Rejected>(_router.Outcomes[ticket]);

        _router.Read();
        _router.Take(NodeAddress.Of(G2, Shard));
    }

    [Fact]
    public void OfShard_RefusedAfterAnAttemptThatMayHaveRun_IsUnknown()
    {
        NodeAddress copy = NodeAddress.Of(G1, Shard);
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G1, Shard, new ConfirmReceived()));
        _router.Answer(_router.Take(copy), new OwnershipReply(new Epoch(3)));
        _router.Fail(_router.Take(copy), delivered: true);
        _router.Pass(20);
        _router.Answer(_router.Take(copy), Refusal(ShardRefusalKind.WrongState));
        Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void OfShard_Unanswered_IsUnknown_ButAQueryIsNotApplied()
    {
        ulong change = _router.Submit(new ClientRequest.OfShard(G1, Shard, new ConfirmReceived()));
        _router.Answer(_router.Take(NodeAddress.Of(G1, Shard)), new OwnershipReply(new Epoch(3)));
        ulong query = _router.Submit(new ClientRequest.OfShard(G1, Shard, new QueryAvailability()));
        _router.Pass(900);
        Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[change]);
        Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[query]);
    }

    [Fact]
    public void OfShard_Step_IsMeantForTheEpochThatWasAskedFor_HoweverOftenItIsSent()
    {
        NodeAddress copy = NodeAddress.Of(G1, Shard);
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G1, Shard, new PrepareMigration(G2)));
        Effect.Call question = _router.Take(copy);
        Assert.Equal(new QueryOwnership(Opens: true), question.Request);
        _router.Answer(question, new OwnershipReply(new Epoch(3)));

        PrepareMigration meant = new(G2) { MeantFor = new Epoch(3) };
        Assert.Equal(meant, _router.Take(copy).Request);
        _router.Pass(310);
        _router.Pass(20);
        Assert.Equal(meant, _router.Take(copy).Request);
        _router.Pass(600);
        Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void OfShard_StepWhoseEpochNobodyTold_HasNotBeenCarriedOut()
    {
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G1, Shard, new AbortMigration()));
        Assert.Equal(new QueryOwnership(Opens: false), _router.Take(NodeAddress.Of(G1, Shard)).Request);
        _router.Pass(900);
        Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void OfShard_SeedThatMayHaveRun_IsNotSentAgain_AndUnknown()
    {
        // A second seeding would undo what clients have written since the first.
        SeedShard seed = new(default, default);
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G1, Shard, seed));
        Effect.Call call = _router.Take(NodeAddress.Of(G1, Shard));
        _router.Pass(300);
        Assert.Empty(_router.Calls);
        _router.Fail(call, delivered: true);
        Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]);
        Assert.Empty(_router.Calls);
    }

    [Fact]
    public void OfShard_SeedNeverDelivered_IsSentAgain()
    {
        _router.Submit(new ClientRequest.OfShard(G1, Shard, new SeedShard(default, default)));
        _router.Fail(_router.Take(NodeAddress.Of(G1, Shard)), delivered: false);
        _router.Pass(5);
        _router.Take(NodeAddress.Of(G1, Shard));
    }
}
