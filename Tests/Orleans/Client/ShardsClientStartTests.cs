using System.Net;
using System.Security.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansShards.Client;
using OrleansShards.Client.Connecting;
using OrleansShards.Tests.Orleans.Silo;
using OrleansShards.Tests.Recording;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>
/// An application that starts before its cluster, and goes on after a silo was gone; and what it is told of a connection that a silo has
/// accepted, and that is of no use.
/// </summary>
public sealed class ShardsClientStartTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly EndPoint Silo = new IPEndPoint(IPAddress.Loopback, 30000);

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

    [Fact]
    public async Task Stop_TheSiloGreetsAndSaysNothingMore_Ends()
    {
        CancellationToken ends = TestContext.Current.CancellationToken;
        await using ShardsSilo silo = new();
        await silo.StartAsync();
        using TestProxy proxy = new("127.0.0.1", silo.GatewayPort) { GreetsOnly = true };
        IHost app = await silo.AppAsync(options =>
        {
            options.Silos.Clear();
            options.Silos.Add($"127.0.0.1:{proxy.Port}");
        });
        await Waits.UntilAsync(() => proxy.HasThrownAway, "a question that the silo has answered in vain");

        await Condition.EndsAsync(app.StopAsync(ends), "the application's stop");
        await Condition.EndsAsync(Task.Run(app.Dispose, ends), "the application's end");
    }

    [Fact]
    public async Task Stop_TheSiloIsFrozen_Ends()
    {
        CancellationToken ends = TestContext.Current.CancellationToken;
        using SiloRun silo = new();
        await silo.UntilReadyIsAsync(true);
        await using ShardsSilo unused = new();
        IHost app = await unused.AppAsync(options =>
        {
            options.Silos.Clear();
            options.Silos.Add($"127.0.0.1:{silo.GatewayPort}");
        });
        IShardsClient shards = app.Services.GetRequiredService<IShardsClient>();
        await shards.ConnectedAsync(ends).WaitAsync(Limit, ends);

        silo.Freeze();

        await Condition.EndsAsync(app.StopAsync(ends), "the application's stop");
        await Condition.EndsAsync(Task.Run(app.Dispose, ends), "the application's end");
    }

    [Fact]
    public void Refusal_AnotherClusterId_NamesBoth() => Assert.Equal(
        "the silo at 127.0.0.1:30000 is of another cluster: Unexpected cluster id \"a\", expected \"b\"; check ClusterId, which is b",
        ConnectionRefusal.TextOf(new InvalidOperationException("Unexpected cluster id \"a\", expected \"b\""), Silo, "b", hasTls: false));

    [Fact]
    public void Refusal_TlsFailed_SaysWhy() => Assert.Equal(
        "TLS to the silo at 127.0.0.1:30000 failed: not trusted; check Tls, and that the silo uses TLS",
        ConnectionRefusal.TextOf(new AuthenticationException("see inside", new IOException("not trusted")), Silo, "b", hasTls: true));

    [Theory]
    [InlineData(false, "and set Tls if the silo uses TLS")]
    [InlineData(true, "that the silo uses TLS, and that it accepts the certificate of Tls")]
    public void Refusal_TheSiloEndsTheConnection_NamesWhatMayBeWrong(bool hasTls, string check) => Assert.Equal(
        $"the silo at 127.0.0.1:30000 has ended the connection (reset); check ClusterId, which is b, {check}",
        ConnectionRefusal.TextOf(new IOException("reset"), Silo, "b", hasTls));
}
