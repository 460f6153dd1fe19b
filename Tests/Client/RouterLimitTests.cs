using OrleansShards.Client.Routing;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.Shards;
using static OrleansShards.Tests.Client.RouterHarness;

namespace OrleansShards.Tests.Client;

public sealed class RouterLimitTests
{
    private static readonly NodeAddress AtG1 = NodeAddress.Of(G1, Shard);
    private static readonly ShardRefusal Full = Refusal(ShardRefusalKind.NotReady) with { Limit = LimitName.Shard };
    private readonly RouterHarness _router = new();

    [Fact]
    public void Write_TooLarge_IsRejectedAndNotSent()
    {
        ulong ticket = _router.Write($"\"{new string('a', new DataLimits().ValueBytesMax)}\"");

        ClientOutcome.Rejected rejected = Assert.IsType<ClientOutcome.Rejected>(_router.Outcomes[ticket]);
        Assert.Equal(LimitName.Value, Assert.IsType<ShardRefusal>(rejected.Reply).Limit);
        Assert.Empty(_router.Calls);
        Assert.Equal(0, _router.OpenRequests);
    }

    [Fact]
    public void Seed_TooLarge_IsRejectedAndNotSent()
    {
        JsonText large = Keys.Large(DataLimits.MessageBytesMax + 1);
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G1, Shard, new SeedShard(large, default)));

        Assert.IsType<ClientOutcome.Rejected>(_router.Outcomes[ticket]);
        Assert.Empty(_router.Calls);
    }

    [Fact]
    public void Write_ShardIsFull_EndsAtOnceAndIsNotCarriedOut()
    {
        ulong ticket = _router.Write();
        _router.Locate(G1);
        _router.Answer(_router.Take(AtG1), Full);

        Assert.Equal(new ClientOutcome.NotApplied(Full.Text, Full), _router.Outcomes[ticket]);
    }

    [Fact]
    public void Seed_SiloIsFull_EndsAtOnceAndIsNotCarriedOut()
    {
        ulong ticket = _router.Submit(new ClientRequest.OfShard(G1, Shard, new SeedShard(JsonText.Parse("{}"), default)));
        _router.Answer(_router.Take(AtG1), Full);

        Assert.Equal(new ClientOutcome.NotApplied(Full.Text, Full), _router.Outcomes[ticket]);
    }

    [Fact]
    public void Migrate_TargetsSiloHasNoRoom_EndsAtOnceAndIsNotCarriedOut()
    {
        MasterRefusal noRoom = new(MasterRefusalKind.Unavailable, "no room", N1) { Limit = LimitName.Silo };
        ulong ticket = _router.Submit(new ClientRequest.Move(Shard, G2), 60_000);
        _router.Answer(_router.Take(NodeAddress.Of(N1)), noRoom);

        Assert.Equal(new ClientOutcome.NotApplied("no room", noRoom), _router.Outcomes[ticket]);
    }

    [Theory]
    [InlineData(ShardRefusalKind.NotReady)]
    [InlineData(ShardRefusalKind.Malformed)]
    public void Write_RefusedAfterAnAttemptThatMayHaveRun_StaysUnknown(ShardRefusalKind kind)
    {
        // The first attempt may still arrive, once there is room or at a silo with another limit.
        ulong ticket = _router.Write();
        _router.Locate(G1);
        _router.Fail(_router.Take(AtG1), delivered: true);
        _router.Pass(20);
        _router.Answer(_router.Take(AtG1), Full with { Kind = kind });
        Assert.Empty(_router.Outcomes);

        _router.Pass(900);
        Assert.IsType<ClientOutcome.Unknown>(_router.Outcomes[ticket]);
    }
}
