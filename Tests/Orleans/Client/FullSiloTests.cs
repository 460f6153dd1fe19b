using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.Shards;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>A silo that holds no more than a mebibyte, whatever its shards are.</summary>
public sealed class FullSiloTests : IAsyncLifetime
{
    private readonly ShardsSilo _silo = new() { Limits = new DataLimits { SiloBytesMax = 1 << 20 } };

    public async ValueTask InitializeAsync() => await _silo.InitializeAsync();

    public async ValueTask DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task PutAndMove_SiloIsFull_AreNotApplied_UntilDeletesMakeRoom()
    {
        using IHost app = await _silo.AppAsync();
        IShardsClient shards = app.Services.GetRequiredService<IShardsClient>();
        JsonText value = Keys.Large(300_000);
        int keys = 0;
        KeyResult last;
        do
        {
            last = await shards.PutAsync(JsonText.Parse($"{keys}"), value, cancellationToken: TestContext.Current.CancellationToken);
            keys++;
        }
        while (last is KeyResult.Applied && keys < 1000);

        KeyResult.NotApplied refused = Assert.IsType<KeyResult.NotApplied>(last);
        Assert.StartsWith("the silo is full: its shards hold ", refused.Reason, StringComparison.Ordinal);
        Assert.EndsWith("expected at most 1,048,576 in all (option silo-bytes-max): delete keys, or raise the limit", refused.Reason);
        Assert.True(refused.MayHelpToRepeat);

        IShardsAdmin admin = app.Services.GetRequiredService<IShardsAdmin>();
        string moved = Assert.IsType<AdminResult<MoveStatus>.NotApplied>(await MigrateOneWithContentAsync(admin)).Reason;
        Assert.Matches("^shard [0-9]+ is not moved to n[12]: its silo has room for [0-9,]+ bytes \\(option silo-bytes-max\\), and", moved);

        for (int key = 0; key < keys; key++)
            (await shards.DeleteAsync(JsonText.Parse($"{key}"), cancellationToken: TestContext.Current.CancellationToken)).ThrowIfFailed();

        // The silo measures at its next tick.
        while (await shards.PutAsync(JsonText.Parse("0"), value, cancellationToken: TestContext.Current.CancellationToken) is not
            KeyResult.Applied)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }

        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<AdminResult<MoveStatus>> MigrateOneWithContentAsync(IShardsAdmin admin)
    {
        foreach ((string from, string to) in new[] { ("n1", "n2"), ("n2", "n1") })
        {
            MovePlan plan = Done(await admin.PlanLeaveAsync(
                [new GroupId(from)], cancellationToken: TestContext.Current.CancellationToken));
            if (plan.Moves.FirstOrDefault(static move => move.Bytes > 0) is { } move)
                return await admin.MigrateAsync(move.Shard, new GroupId(to), cancellationToken: TestContext.Current.CancellationToken);
        }

        throw new InvalidOperationException("no shard has content");
    }

    private static T Done<T>(AdminResult<T> result) => Assert.IsType<AdminResult<T>.Done>(result).Value;
}
