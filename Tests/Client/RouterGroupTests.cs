using System.Collections.Immutable;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using static OrleansShards.Tests.Client.RouterHarness;

namespace OrleansShards.Tests.Client;

/// <summary>Groups that the router was not started with.</summary>
public sealed class RouterGroupTests
{
    private static readonly GroupId G4 = new("g4");
    private static readonly NodeAddress AtN1 = NodeAddress.Of(N1);
    private static readonly NodeAddress AtN2 = NodeAddress.Of(N2);
    private readonly RouterHarness _router = new();

    [Fact]
    public void OfShard_OfAGroupThatIsNews_IsSentWhenThePrimaryHasIt()
    {
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G4, Shard, new QueryAvailability()));
        Effect.Call question = _router.Take(AtN1);
        Assert.Equal(new QueryConfig(null), question.Request);
        Assert.Empty(_router.Calls);
        _router.Answer(question, Groups(G1, G2, G4));
        _router.Answer(_router.Take(NodeAddress.Of(G4, Shard)), new ShardAvailability(true));
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);

        _router.Submit(new ClientRequest.OfShard(G4, Shard, new QueryAvailability()));
        _router.Take(NodeAddress.Of(G4, Shard));
    }

    [Fact]
    public void OfShard_NamesAGroupThatThePrimaryDoesNotHave_IsRejectedAndNotSent()
    {
        foreach (ClientRequest.OfShard request in (ClientRequest.OfShard[])
        [
            new(G4, Shard, new QueryAvailability()),
            new(G1, Shard, new PrepareMigration(G4)),
            new(G1, Shard, new ReceiveShard(default, G4)),
        ])
        {
            ulong ticket = _router.Submit(request);
            _router.Answer(_router.Take(AtN1), Groups(G1, G2));
            MasterRefusal refusal = Assert.IsType<MasterRefusal>(
                Assert.IsType<ClientOutcome.Rejected>(_router.Outcomes[ticket]).Reply);
            Assert.Equal(
                (MasterRefusalKind.UnknownName, "there is no group g4, the cluster has g1, g2"), (refusal.Kind, refusal.Text));
            Assert.Empty(_router.Calls);
        }
    }

    [Fact]
    public void OfShard_ThePrimaryIsElsewhereOrSilent_IsAskedAgain_AndNotAppliedAtTheDeadline()
    {
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G4, Shard, new ConfirmReceived()), 4500);
        _router.Answer(_router.Take(AtN1), new NotPrimary(N2, new Term(2), "n2 leads"));
        _router.Fail(_router.Take(AtN2), delivered: true);
        _router.Pass(5);
        _router.Answer(_router.Take(AtN1), new MasterRefusal(MasterRefusalKind.Unavailable, "the cluster is not created yet", null));
        _router.Pass(5000);
        Assert.Equal(
            "the cluster is not created yet", Assert.IsType<ClientOutcome.NotApplied>(_router.Outcomes[ticket]).Text);
        Assert.Equal(0, _router.OpenRequests);
    }

    // A release whose groups never change does not say which it knows.
    [Fact]
    public void OfShard_ThePrimaryIsOfAnEarlierRelease_HasItsMembers()
    {
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G4, Shard, new QueryAvailability()));
        _router.Answer(_router.Take(AtN1), new ConfigReply(new Epoch(1), ImmutableSortedDictionary<int, GroupId>.Empty, [G1]));
        Assert.IsType<ClientOutcome.Rejected>(_router.Outcomes[ticket]);
    }

    [Fact]
    public void OfShard_OfAnOwnerThatAMasterHasAnnounced_IsSentAtOnce()
    {
        _router.Publish(new ShardMoved(Shard, G4, new Epoch(3)));
        _router.Submit(new ClientRequest.OfShard(G4, Shard, new QueryAvailability()));
        _router.Take(NodeAddress.Of(G4, Shard));
        _router.Read();
        _router.Take(NodeAddress.Of(G4, Shard));
    }

    [Fact]
    public void Write_AnotherRouterMayHaveSentIt_GroupsThatCameLaterAreAskedToo()
    {
        ulong ticket = _router.Submit(new ClientRequest.OnKey(
            new KeyCommand(KeyVerb.Write, JsonText.Parse("1"), JsonText.Parse("2"), default, false),
            Shard,
            new SessionTag(SessionKind.Router, "a gateway's", 4))
        {
            MayHaveRun = true,
        });
        _router.Answer(_router.Take(AtN1), Groups(G1, G2, G4));
        _router.Answer(_router.Take(NodeAddress.Of(G1, Shard)), Refusal(ShardRefusalKind.NotHeld));
        _router.Answer(_router.Take(NodeAddress.Of(G2, Shard)), Refusal(ShardRefusalKind.NotHeld));
        _router.Answer(_router.Take(NodeAddress.Of(G4, Shard)), Done);
        Assert.IsType<ClientOutcome.Applied>(_router.Outcomes[ticket]);
    }
}
