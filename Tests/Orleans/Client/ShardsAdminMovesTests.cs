using OrleansShards.Client;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>What an operator's calls about groups and moves ask, and what becomes of the answers.</summary>
public sealed class ShardsAdminMovesTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly ShardId Shard = new(3);
    private static readonly GroupId N1 = new("n1");
    private static readonly GroupId N2 = new("n2");

    private static readonly MoveStatus Moved = new(
        Shard, MovePhase.Committed, true, N1, N2, new(9), 2, 30, 40, 50, 3_001, null);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Changes_AskThePrimary_AndAnswerTheEpoch()
    {
        await Answers(static admin => admin.JoinAsync([N1, N2]), new JoinGroups([N1, N2], false), new Rebalanced(new(4)));
        await Answers(static admin => admin.LeaveAsync([N2]), new LeaveGroups([N2], false), new Rebalanced(new(4)));
        await Answers(static admin => admin.MoveAsync(Shard, N2), new PinShard(Shard, N2, false), new Rebalanced(new(4)));
    }

    [Fact]
    public async Task Plans_AskThePrimary_AndAnswerTheMoves()
    {
        MovePlan plan = new([new PlannedMove(Shard, N1, N2, 30, null)]);
        await Answers(static admin => admin.PlanJoinAsync([N1, N2]), new JoinGroups([N1, N2], true), plan);
        await Answers(static admin => admin.PlanLeaveAsync([N2]), new LeaveGroups([N2], true), plan);
        await Answers(static admin => admin.PlanMoveAsync(Shard, N2), new PinShard(Shard, N2, true), plan);
    }

    [Fact]
    public async Task MoveStatus_AsksThePrimary() =>
        await Answers(static admin => admin.MoveStatusAsync(Shard), new QueryMove(Shard), Moved);

    [Fact]
    public async Task Migrate_WaitsForTheMove_ByALongerDeadline()
    {
        using FakeClient fake = new();
        Task<AdminResult<MoveStatus>> there = fake.Admin.MigrateAsync(Shard, N2, cancellationToken: TestEnds);
        Task<AdminResult<MoveStatus>> back =
            fake.Admin.UndoMoveAsync(Shard, FakeClient.Within(700), cancellationToken: TestEnds);
        Task<AdminResult<MoveStatus>> look = fake.Admin.MoveStatusAsync(Shard, cancellationToken: TestEnds);

        Assert.Equal(new ClientRequest.Move(Shard, N2), fake.Cluster.Received[0]);
        Assert.Equal(new ClientRequest.Move(Shard, null), fake.Cluster.Received[1]);
        Assert.Equal(
            [60_000, 700, 5000],
            Enumerable.Range(0, 3).Select(number => fake.Cluster.DeadlineOf(number).TotalMilliseconds));
        fake.Cluster.Answer(0, new ClientOutcome.Applied(Moved));
        fake.Cluster.Answer(1, new ClientOutcome.Applied(Moved));
        fake.Cluster.Answer(2, new ClientOutcome.Applied(Moved));
        Assert.Equal(Moved, (await there.WaitAsync(Limit, TestEnds)).ValueOrThrow());
        Assert.Equal(Moved, (await back.WaitAsync(Limit, TestEnds)).ValueOrThrow());
        Assert.Equal(Moved, (await look.WaitAsync(Limit, TestEnds)).ValueOrThrow());
    }

    [Fact]
    public async Task Migrate_ThatEndsOtherwise_SaysHow()
    {
        using FakeClient fake = new();
        Task<AdminResult<MoveStatus>> aborted = fake.Admin.MigrateAsync(Shard, N2, cancellationToken: TestEnds);
        Task<AdminResult<MoveStatus>> late = fake.Admin.MigrateAsync(Shard, N2, cancellationToken: TestEnds);
        fake.Cluster.Answer(
            0, new ClientOutcome.Rejected(new MasterRefusal(MasterRefusalKind.WrongState, "was aborted", null)));
        fake.Cluster.Answer(1, new ClientOutcome.Unknown("the move continues"));

        Assert.Equal(
            new AdminResult<MoveStatus>.NotApplied("was aborted"), await aborted.WaitAsync(Limit, TestEnds));
        Assert.Equal(new AdminResult<MoveStatus>.Unknown("the move continues"), await late.WaitAsync(Limit, TestEnds));
    }

    private static async Task Answers<T>(Func<IShardsAdmin, Task<AdminResult<T>>> ask, Message asked, T reply)
        where T : Message
    {
        using FakeClient fake = new();
        Task<AdminResult<T>> asking = ask(fake.Admin);

        ClientRequest.OfPrimary sent = Assert.IsType<ClientRequest.OfPrimary>(Assert.Single(fake.Cluster.Received));
        Assert.Equal(Wire.FieldText.Of(asked), Wire.FieldText.Of(sent.Request));
        fake.Cluster.Answer(0, new ClientOutcome.Applied(reply));
        Assert.Same(reply, (await asking.WaitAsync(Limit, TestEnds)).ValueOrThrow());
    }
}
