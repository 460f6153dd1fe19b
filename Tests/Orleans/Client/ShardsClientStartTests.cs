using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansShards.Client;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>An application that starts before its cluster, and goes on after a silo was gone.</summary>
public sealed class ShardsClientStartTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Start_NoSiloIsUp_CallsAreRefused_UntilOneComes()
    {
        CancellationToken ends = TestContext.Current.CancellationToken;
        ShardsSilo silo = new();
        using IHost app = await silo.AppAsync();
        IShardsClient shards = app.Services.GetRequiredService<IShardsClient>();
        KeyResult early = await shards.PutAsync(
            "early", 1, call: new CallOptions { Deadline = TimeSpan.FromMilliseconds(200) }, cancellationToken: ends);
        Assert.Equal(
            $"not connected to the cluster: no silo answers at {silo.Address}", Assert.IsType<KeyResult.NotApplied>(early).Reason);

        await silo.StartAsync();
        await shards.ConnectedAsync(ends).WaitAsync(Limit, ends);
        Assert.IsType<KeyResult.Absent>(await shards.GetAsync("early", cancellationToken: ends));
        Assert.IsType<KeyResult.Applied>(await shards.PutAsync("early", 2, cancellationToken: ends));
        await app.StopAsync(ends);
        KeyResult late = await shards.PutAsync("late", 1, cancellationToken: ends);
        Assert.False(Assert.IsType<KeyResult.NotApplied>(late).MayHelpToRepeat);
        await silo.DisposeAsync();
    }

    [Fact]
    public async Task Connect_AnotherClusterId_TheResultSaysSo()
    {
        CancellationToken ends = TestContext.Current.CancellationToken;
        await using ShardsSilo silo = new();
        await silo.StartAsync();
        using IHost app = await silo.AppAsync(static options => options.ClusterId = "another");
        IShardsClient shards = app.Services.GetRequiredService<IShardsClient>();

        using CancellationTokenSource limit = new(Limit);
        string reason;
        do
        {
            KeyResult refused = await shards.PutAsync(
                "key", 1, call: new CallOptions { Deadline = TimeSpan.FromMilliseconds(200) }, cancellationToken: ends);
            reason = Assert.IsType<KeyResult.NotApplied>(refused).Reason;
            Assert.False(limit.IsCancellationRequested, $"expected within {Limit}: the cluster id is named; seen: {reason}");
        }
        while (!reason.Contains("check ClusterId, which is another", StringComparison.Ordinal));

        Assert.StartsWith("not connected to the cluster: the silo at ", reason, StringComparison.Ordinal);
        await app.StopAsync(ends);
    }

    [Fact]
    public async Task Stop_NeverConnected_EndsAtOnce_AndSaysSo()
    {
        CancellationToken ends = TestContext.Current.CancellationToken;
        await using ShardsSilo silo = new();
        using IHost app = await silo.AppAsync();
        IShardsClient shards = app.Services.GetRequiredService<IShardsClient>();
        Task<KeyResult> waiting = shards.PutAsync("key", 1, cancellationToken: ends);
        await app.StopAsync(ends).WaitAsync(Limit, ends);

        KeyResult.NotApplied stopped = Assert.IsType<KeyResult.NotApplied>(await waiting);
        Assert.Equal(("the client was stopped", false), (stopped.Reason, stopped.MayHelpToRepeat));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => shards.ConnectedAsync(ends));
    }
}
