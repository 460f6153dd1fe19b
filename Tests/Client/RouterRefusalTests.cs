using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using static OrleansShards.Tests.Client.RouterHarness;

namespace OrleansShards.Tests.Client;

/// <summary>Replies that a router does not know, as in a rolling upgrade, and requests that can never be executed.</summary>
public sealed class RouterRefusalTests
{
    private static readonly NodeAddress AtG1 = NodeAddress.Of(G1, Shard);
    private static readonly NodeAddress AtN1 = NodeAddress.Of(N1);
    private static readonly NodeAddress AtN2 = NodeAddress.Of(N2);
    private readonly RouterHarness _router = new();

    public static TheoryData<string> Changes =>
        ["seed", "prepare", "confirm", "receive", "create", "switch over", "join", "move", "write"];

    public static TheoryData<string> Queries => ["availability", "snapshot", "config", "status", "plan", "move status", "read"];

    [Theory]
    [MemberData(nameof(Changes))]
    public void Change_AnsweredInAnUnknownWay_IsUnknown(string name)
    {
        ulong ticket = SubmitAndAnswer(name);
        _router.Pass(1000);

        ClientOutcome.Unknown outcome = Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]);
        Assert.Contains("answered with Strange, which this release does not know", outcome.Text, StringComparison.Ordinal);
        Assert.Equal(0, _router.OpenRequests);
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public void Query_AnsweredInAnUnknownWay_IsNotApplied_AndSaysWhy(string name)
    {
        ulong ticket = SubmitAndAnswer(name);
        _router.Pass(1000);

        ClientOutcome.NotApplied outcome = Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[ticket]);
        Assert.Contains("answered with Strange, which this release does not know", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AnsweredInAnUnknownWay_IsRepeatedInTheSameSession()
    {
        ulong ticket = _router.Write();
        _router.Locate(G1);
        Effect.Call first = _router.Take(AtG1);
        _router.Answer(first, new Strange());
        _router.Pass(5);
        Effect.Call second = _router.Take(AtG1);
        Assert.Equal(((KeyRequest)first.Request).Session, ((KeyRequest)second.Request).Session);
        _router.Answer(second, Done);

        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void OfPrimary_AnsweredInAnUnknownWay_AsksTheOther()
    {
        ulong ticket = _router.Submit(new ClientRequest.OfPrimary(new Switchover(N2)));
        _router.Answer(_router.Take(AtN1), new HeartbeatReply(N1, new Term(1)));
        Assert.Empty(_router.Outcomes);
        _router.Pass(5);
        _router.Answer(_router.Take(AtN2), new SwitchoverReply(N2, new Term(2), 1));

        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void OfShard_AnsweredLikeAnotherRequest_IsNotTakenAsDone()
    {
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G1, Shard, new ReceiveShard(default, G2)));
        _router.Answer(_router.Take(AtG1), new ShardAvailability(true));
        Assert.Empty(_router.Outcomes);
        _router.Pass(5);
        _router.Answer(_router.Take(AtG1), ShardDone.Instance);
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void Locate_AnsweredInAnUnknownWay_IsAskedAgain()
    {
        ulong ticket = _router.Write();
        _router.Answer(_router.Take(AtN1), new Strange());
        Assert.Empty(_router.Outcomes);
        _router.Pass(5);
        _router.Locate(G1);
        _router.Answer(_router.Take(AtG1), Done);
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(16)]
    [InlineData(999)]
    public void UnknownShard_IsRefusedAtOnce_AndNothingIsSent(int number)
    {
        ShardId shard = new(number);
        ClientRequest[] requests =
        [
            new ClientRequest.OnKey(Command(KeyVerb.Write), shard, SessionTag.None),
            new ClientRequest.OnKey(Command(KeyVerb.Read), shard, SessionTag.None),
            new ClientRequest.OfShard(G1, shard, new PrepareMigration(G2)),
            new ClientRequest.Move(shard, G2),
        ];
        foreach (ClientRequest request in requests)
        {
            ulong ticket = _router.Submit(request);
            MasterRefusal refusal = Assert.IsType<MasterRefusal>(
                Assert.IsType<ClientOutcome.Rejected>(_router.Outcomes[ticket]).Reply);
            Assert.Equal($"there is no shard {number}; expected 0 to 15", refusal.Text);
        }

        Assert.Empty(_router.Calls);
        Assert.Equal(0, _router.OpenRequests);
    }

    /// <summary>Submits a request, and answers its first attempt that could execute it with something that nobody knows.</summary>
    private ulong SubmitAndAnswer(string name)
    {
        ulong ticket = _router.Submit(RequestOf(name));
        if (name is "write" or "read")
            _router.Locate(G1);

        Effect.Call call = Assert.Single(_router.Calls);
        if (call.Request is QueryOwnership)
        {
            _router.Calls.Clear();
            _router.Answer(call, new OwnershipReply(new Epoch(3)));
            call = Assert.Single(_router.Calls);
        }

        _router.Calls.Clear();
        _router.Answer(call, new Strange());
        return ticket;
    }

    private static ClientRequest RequestOf(string name) => name switch
    {
        "write" => new ClientRequest.OnKey(Command(KeyVerb.Write), Shard, SessionTag.None),
        "read" => new ClientRequest.OnKey(Command(KeyVerb.Read), Shard, SessionTag.None),
        "seed" => new ClientRequest.OfShard(G1, Shard, new SeedShard(default, default)),
        "prepare" => new ClientRequest.OfShard(G1, Shard, new PrepareMigration(G2)),
        "confirm" => new ClientRequest.OfShard(G1, Shard, new ConfirmReceived()),
        "receive" => new ClientRequest.OfShard(G1, Shard, new ReceiveShard(default, G2)),
        "availability" => new ClientRequest.OfShard(G1, Shard, new QueryAvailability()),
        "snapshot" => new ClientRequest.OfShard(G1, Shard, new GetShardSnapshot()),
        "move" => new ClientRequest.Move(Shard, G2),
        _ => new ClientRequest.OfPrimary(OfPrimary(name)),
    };

    private static Message OfPrimary(string name) => name switch
    {
        "create" => new CreateCluster(new ClusterDefinition([N1, N2], [G1, G2], 16)),
        "switch over" => new Switchover(N2),
        "join" => new JoinGroups([G1], PlanOnly: false),
        "config" => new QueryConfig(null),
        "status" => new QueryClusterStatus(),
        "plan" => new LeaveGroups([G1], PlanOnly: true),
        "move status" => new QueryMove(Shard),
        _ => throw new ArgumentException(name, nameof(name)),
    };

    private static KeyCommand Command(KeyVerb verb) =>
        new(verb, JsonText.Parse("\"k\""), verb == KeyVerb.Write ? JsonText.Parse("1") : default, default, false);

    private sealed record Strange : Message;
}
