using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.Shards;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>What applications see of a real cluster, over TCP.</summary>
public sealed class ShardsClientTests(ShardsSilo silo) : IClassFixture<ShardsSilo>, IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private IHost? _app;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private IShardsClient Shards => _app!.Services.GetRequiredService<IShardsClient>();

    private IShardsAdmin Admin => _app!.Services.GetRequiredService<IShardsAdmin>();

    public async ValueTask InitializeAsync() => _app = await silo.AppAsync();

    public async ValueTask DisposeAsync()
    {
        await _app!.StopAsync();
        _app.Dispose();
    }

    [Fact]
    public async Task Keys_EachOutcome_IsAResultOfItsOwn()
    {
        Assert.IsType<KeyResult.Absent>(await Shards.GetAsync("outcomes", cancellationToken: TestEnds));
        Assert.IsType<KeyResult.Absent>(await Shards.DeleteAsync("outcomes", cancellationToken: TestEnds));
        Assert.IsType<KeyResult.Absent>(
            await Shards.CompareAndSetAsync("outcomes", 1, 2, cancellationToken: TestEnds));
        Assert.IsType<KeyResult.Applied>(
            await Shards.CompareAndSetAsync("outcomes", 1, 2, createIfAbsent: true, cancellationToken: TestEnds));
        Assert.Equal(2, Number(await Shards.GetAsync("outcomes", cancellationToken: TestEnds)));

        KeyResult differs = await Shards.CompareAndSetAsync("outcomes", 1, 3, cancellationToken: TestEnds);
        Assert.Equal("2", Assert.IsType<KeyResult.Differs>(differs).Actual.ToString());
        Assert.False(differs.IsFailure);
        Assert.IsType<KeyResult.Applied>(await Shards.CompareAndSetAsync("outcomes", 2, 3, cancellationToken: TestEnds));
        Assert.IsType<KeyResult.Applied>(await Shards.DeleteAsync("outcomes", cancellationToken: TestEnds));
        Assert.IsType<KeyResult.Absent>(await Shards.GetAsync("outcomes", cancellationToken: TestEnds));
    }

    [Fact]
    public async Task Put_ValueBeyondOrleansFrame_IsNotSent_AndOthersGoOn()
    {
        JsonText tooLarge = Keys.Large(101 << 20);

        KeyResult.NotApplied refused = Assert.IsType<KeyResult.NotApplied>(
            await Shards.PutAsync(JsonText.Parse("\"large\""), tooLarge, cancellationToken: TestEnds));
        Assert.Equal("the value has 105,906,176 bytes; expected at most 1,048,576 (option value-bytes-max)", refused.Reason);
        Assert.False(refused.MayHelpToRepeat);
        Assert.IsType<KeyResult.Applied>(await Shards.PutAsync("small", 1, cancellationToken: TestEnds));
        Assert.IsType<KeyResult.Absent>(await Shards.GetAsync("large", cancellationToken: TestEnds));
    }

    [Fact]
    public async Task Put_SiloHasASmallerLimit_IsRefusedByTheShard()
    {
        using IHost app = await silo.AppAsync(static options => options.Limits = new DataLimits { ValueBytesMax = 16 << 20 });
        JsonText large = Keys.Large((1 << 20) + 2);

        KeyResult.NotApplied refused = Assert.IsType<KeyResult.NotApplied>(await app.Services.GetRequiredService<IShardsClient>()
            .PutAsync(JsonText.Parse("\"large\""), large, cancellationToken: TestEnds));
        Assert.Equal("the value has 1,048,578 bytes; expected at most 1,048,576 (option value-bytes-max)", refused.Reason);
        Assert.False(refused.MayHelpToRepeat);
        await app.StopAsync(TestEnds);
    }

    [Fact]
    public async Task Values_ComeBackAsTheBytesThatWereWritten()
    {
        JsonText key = JsonText.Parse("[1,2]");
        JsonText value = JsonText.Parse("""{ "b": 1.0, "a": [ ] }""");
        (await Shards.PutAsync(key, value, cancellationToken: TestEnds)).ThrowIfFailed();
        KeyResult found = await Shards.GetAsync(JsonText.Parse("[1.0,2]"), cancellationToken: TestEnds);
        Assert.Equal(value, Assert.IsType<KeyResult.Found>(found).Value);

        (await Shards.PutAsync("account", new Account("ann", 5), cancellationToken: TestEnds)).ThrowIfFailed();
        Assert.Equal(
            new Account("ann", 5),
            Assert.IsType<KeyResult.Found>(await Shards.GetAsync("account", cancellationToken: TestEnds)).ValueAs<Account>());
    }

    [Fact]
    public async Task Shard_ThatTheCallNames_IsAPlaceOfItsOwn()
    {
        CallOptions third = new() { Shard = new ShardId(3) };
        CallOptions fourth = new() { Shard = new ShardId(4) };
        (await Shards.PutAsync("placed", 3, call: third, cancellationToken: TestEnds)).ThrowIfFailed();
        Assert.Equal(3, Number(await Shards.GetAsync("placed", third, TestEnds)));
        Assert.IsType<KeyResult.Absent>(await Shards.GetAsync("placed", fourth, TestEnds));
    }

    [Fact]
    public async Task Shard_ThatDoesNotExist_IsRefusedForGood()
    {
        CallOptions nowhere = new() { Shard = new ShardId(999) };
        KeyResult.NotApplied refused = Assert.IsType<KeyResult.NotApplied>(
            await Shards.PutAsync("placed", 1, call: nowhere, cancellationToken: TestEnds));
        Assert.StartsWith("there is no shard 999; expected 0 to ", refused.Reason, StringComparison.Ordinal);
        Assert.False(refused.MayHelpToRepeat);
        Assert.IsType<AdminResult<MoveStatus>.NotApplied>(
            await Admin.MigrateAsync(new ShardId(999), new GroupId("n1"), cancellationToken: TestEnds));
    }

    [Fact]
    public async Task Session_RepeatedAfterARestart_AnswersWhatWasRecorded()
    {
        IShardsSession before = Shards.OpenSession("teller");
        long sequence = before.ReserveSequence();
        CallOptions repeatable = new() { Sequence = sequence };
        (await before.PutAsync("till", 10, cancellationToken: TestEnds)).ThrowIfFailed();
        sequence = before.ReserveSequence();
        repeatable = new() { Sequence = sequence };
        Assert.IsType<KeyResult.Applied>(
            await before.CompareAndSetAsync("till", 10, 11, call: repeatable, cancellationToken: TestEnds));

        using IHost restarted = await silo.AppAsync();
        IShardsSession after = restarted.Services.GetRequiredService<IShardsClient>().OpenSession("teller", sequence);
        KeyResult repeated = await after.CompareAndSetAsync("till", 10, 11, call: repeatable, cancellationToken: TestEnds);
        Assert.IsType<KeyResult.Applied>(repeated);
        Assert.Equal(11, Number(await Shards.GetAsync("till", cancellationToken: TestEnds)));

        // A number of its own is carried out, and finds the value changed.
        Assert.IsType<KeyResult.Differs>(await after.CompareAndSetAsync("till", 10, 11, cancellationToken: TestEnds));
        KeyResult stale = await before.CompareAndSetAsync("till", 11, 12, call: repeatable, cancellationToken: TestEnds);
        Assert.Equal(sequence, Assert.IsType<KeyResult.StaleSequence>(stale).Sequence);
        Assert.False(stale.IsDefinite);
        Assert.Equal(11, Number(await Shards.GetAsync("till", cancellationToken: TestEnds)));
        await restarted.StopAsync(TestEnds);
    }

    [Fact]
    public async Task InSilo_TheSameKeys_AreSeen()
    {
        await silo.InSilo.ConnectedAsync(TestEnds).WaitAsync(Limit, TestEnds);
        (await silo.InSilo.PutAsync("shared", 1, cancellationToken: TestEnds)).ThrowIfFailed();
        Assert.Equal(1, Number(await Shards.GetAsync("shared", cancellationToken: TestEnds)));
    }

    [Fact]
    public async Task Operator_SwitchesOverAndHandsOver_UnderLoad_NoRequestFails()
    {
        ConcurrentQueue<PrimaryChanged> news = new();
        Shards.PrimaryChanged += (_, changed) => news.Enqueue(changed);
        await using Load load = new(Shards);
        await load.GoOnAsync();

        ClusterStatusReply status = (await Admin.ClusterStatusAsync(cancellationToken: TestEnds)).ValueOrThrow();
        MasterName other = status.Masters.Single(static one => !one.IsPrimary).Name;
        await load.GoOnAsync();
        SwitchoverReply switched = (await Admin.SwitchoverAsync(other, cancellationToken: TestEnds)).ValueOrThrow();
        Assert.Equal(other, switched.Primary);
        await load.GoOnAsync();
        await Waits.UntilAsync(() => news.Any(one => one.Primary == other && one.Term == switched.Term), "news of the new primary");

        (int number, GroupId source) = status.Config.Shards.First();
        GroupId target = status.Config.Groups.First(group => group != source);
        ShardId shard = new(number);
        JsonText snapshot =
            (await Admin.PrepareHandOverAsync(shard, source, target, cancellationToken: TestEnds)).ValueOrThrow();
        (await Admin.ReceiveHandOverAsync(shard, source, target, snapshot, cancellationToken: TestEnds)).ValueOrThrow();
        (await Admin.ConfirmHandOverAsync(shard, source, cancellationToken: TestEnds)).ValueOrThrow();
        await load.GoOnAsync();

        ClusterStatusReply after = (await Admin.ClusterStatusAsync(cancellationToken: TestEnds)).ValueOrThrow();
        Assert.Equal(target, after.Config.Shards[number]);
        AdminResult<SwitchoverReply> nobody = await Admin.SwitchoverAsync(new MasterName("nobody"), cancellationToken: TestEnds);
        Assert.IsType<AdminResult<SwitchoverReply>.NotApplied>(nobody);
    }

    [Fact]
    public async Task Operator_MovesAShardThereAndBack_AndAGroupLeaves_UnderLoad_NoRequestFails()
    {
        await using Load load = new(Shards);
        await load.GoOnAsync();
        ClusterStatusReply status = (await Admin.ClusterStatusAsync(cancellationToken: TestEnds)).ValueOrThrow();
        (int number, GroupId source) = status.Config.Shards.First();
        GroupId target = status.Members.First(group => group != source);
        ShardId shard = new(number);

        MoveStatus moved = (await Admin.MigrateAsync(shard, target, cancellationToken: TestEnds)).ValueOrThrow();
        Assert.Equal((MovePhase.Committed, target, true), (moved.Phase, moved.Target!.Value, moved.IsDone));
        await load.GoOnAsync();
        MoveStatus back = (await Admin.UndoMoveAsync(shard, cancellationToken: TestEnds)).ValueOrThrow();
        Assert.Equal((target, source), (back.Source!.Value, back.Target!.Value));
        Assert.Equal(back, (await Admin.MoveStatusAsync(shard, cancellationToken: TestEnds)).ValueOrThrow());
        await load.GoOnAsync();

        MovePlan plan = (await Admin.PlanLeaveAsync([source], cancellationToken: TestEnds)).ValueOrThrow();
        Assert.Contains(plan.Moves, move => move.Shard == shard && move.Source == source);
        (await Admin.LeaveAsync([source], cancellationToken: TestEnds)).ValueOrThrow();
        await load.GoOnAsync();
        await HasNoShardAsync(source);
        (await Admin.JoinAsync([source], cancellationToken: TestEnds)).ValueOrThrow();
        await load.GoOnAsync();

        AdminResult<MoveStatus> nowhere = await Admin.MigrateAsync(shard, new GroupId("nobody"), cancellationToken: TestEnds);
        Assert.IsType<AdminResult<MoveStatus>.NotApplied>(nowhere);
    }

    private async Task HasNoShardAsync(GroupId group)
    {
        using CancellationTokenSource limit = new(Limit);
        while ((await Admin.ClusterStatusAsync(cancellationToken: TestEnds)).ValueOrThrow().Config.Shards.ContainsValue(group))
            Assert.False(limit.IsCancellationRequested, $"expected within {Limit}: {group}, which left, has no shard");
    }

    private static int Number(KeyResult result) => Assert.IsType<KeyResult.Found>(result).ValueAs<int>();

    private sealed record Account(string Owner, int Balance);
}
