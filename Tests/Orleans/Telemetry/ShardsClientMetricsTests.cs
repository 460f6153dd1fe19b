using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansShards.Client;
using OrleansShards.Client.Diagnostics;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Client;
using OrleansShards.Tests.Orleans.Client;
using OrleansShards.Tests.Orleans.Diagnostics;

namespace OrleansShards.Tests.Orleans.Telemetry;

public sealed class ShardsClientMetricsTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Requests_AreMeasured_ByKindAndOutcome()
    {
        using MeterReadings readings = new(ShardsClientDiagnostics.MeterName, _services);
        using FakeClient fake = new(new ShardsClientOptions { InFlightMax = 6 }, meters: Meters);
        Task<KeyResult>[] calls = [fake.Put(), fake.Put(), fake.Put(), fake.Client.GetAsync("k", cancellationToken: TestEnds)];
        Task<AdminResult<MoveStatus>> undo = fake.Admin.UndoMoveAsync(new ShardId(1), cancellationToken: TestEnds);
        Assert.Equal(["orleansshards.client.active_requests {} 5"], readings.Seen("orleansshards.client.active"));

        fake.Cluster.Answer(0, FakeCluster.Done);
        fake.Cluster.Answer(1, new ClientOutcome.NotApplied("no", null));
        fake.Cluster.Answer(2, new ClientOutcome.Unknown("late"));
        fake.Cluster.Answer(3, new ClientOutcome.Rejected(new KeyReply(KeyVerdict.Absent, default)));
        fake.Cluster.Answer(4, new ClientOutcome.Unknown("late"));
        await Task.WhenAll(calls);
        await undo;

        Assert.Equal(["orleansshards.client.active_requests {} 0"], readings.Seen("orleansshards.client.active"));
        Assert.Equal(
            [
                "orleansshards.client.request.duration {kind=read,outcome=rejected}",
                "orleansshards.client.request.duration {kind=undo_move,outcome=unknown}",
                "orleansshards.client.request.duration {kind=write,outcome=done}",
                "orleansshards.client.request.duration {kind=write,outcome=not_applied}",
                "orleansshards.client.request.duration {kind=write,outcome=unknown}",
            ],
            readings.Series("orleansshards.client.request"));
    }

    [Fact]
    public async Task Requests_ThatAreNeverSent_AreMeasuredToo()
    {
        using MeterReadings readings = new(ShardsClientDiagnostics.MeterName, _services);
        using FakeClient fake = new(connected: false, meters: Meters);
        using CancellationTokenSource cancel = new();
        Task<KeyResult> cancelled = fake.PutUntil(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.IsType<KeyResult.NotApplied>(await fake.Put(FakeClient.Within(20)));
        await fake.Tracker.CloseAsync(TestEnds);
        Assert.IsType<KeyResult.NotApplied>(await fake.Put());

        Assert.Equal(
            [
                "orleansshards.client.request.duration {kind=write,outcome=cancelled}",
                "orleansshards.client.request.duration {kind=write,outcome=not_applied}",
                "orleansshards.client.request.duration {kind=write,outcome=not_applied}",
            ],
            readings.Series("orleansshards.client.request"));
    }

    [Fact]
    public void Router_SendsAgain_IsCountedByReason()
    {
        RouterHarness router = new();
        router.Write();
        router.Locate(RouterHarness.G1);
        router.Answer(
            router.Take(NodeAddress.Of(RouterHarness.G1, RouterHarness.Shard)),
            RouterHarness.Refusal(ShardRefusalKind.Moved, RouterHarness.G2));
        Assert.Equal((1, 0, 0), Counted(router));

        NodeAddress owner = NodeAddress.Of(RouterHarness.G2, RouterHarness.Shard);
        router.Answer(router.Take(owner), RouterHarness.Refusal(ShardRefusalKind.NotReady));
        router.Pass(20);
        Assert.Equal((1, 1, 0), Counted(router));

        router.Fail(router.Take(owner), delivered: true);
        router.Pass(100);
        Assert.Equal((1, 1, 1), Counted(router));
    }

    [Fact]
    public void Metrics_ShowWhatRoutersCount()
    {
        using MeterReadings readings = new(ShardsClientDiagnostics.MeterName, _services);
        using ShardsClientMetrics metrics = new(Meters);
        metrics.Connections = 2;

        Assert.Equal(
            [
                "orleansshards.client.active_requests {} 0",
                "orleansshards.client.connection.count {} 2",
                "orleansshards.client.redirects {} 0",
                "orleansshards.client.retries {reason=refused} 0",
                "orleansshards.client.retries {reason=unanswered} 0",
            ],
            readings.Seen());
    }

    [Fact]
    public async Task Client_WithASilo_CountsItsConnection_UntilItIsGone()
    {
        ShardsSilo silo = new();
        await silo.InitializeAsync();
        using IHost app = await silo.AppAsync();
        using MeterReadings readings = new(ShardsClientDiagnostics.MeterName, app.Services);
        await app.Services.GetRequiredService<IShardsClient>().ConnectedAsync(TestEnds);

        Assert.Equal(["orleansshards.client.connection.count {} 1"], readings.Seen("orleansshards.client.connection"));
        await silo.DisposeAsync();
        await Waits.UntilAsync(
            () => readings.Seen("orleansshards.client.connection").Single().EndsWith(" 0", StringComparison.Ordinal),
            "the client counts no connection");
        await app.StopAsync(TestEnds);
    }

    [Fact]
    public void EveryMetric_IsInTheDocs()
    {
        using MeterReadings readings = new(ShardsClientDiagnostics.MeterName, _services);
        using ShardsClientMetrics metrics = new(Meters);
        Assert.Equal(TelemetryDocs.Metrics("OrleansShards.Client"), readings.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Ended_NobodyListens_MakesNothing()
    {
        using ShardsClientMetrics metrics = new(Meters);
        ClientRequest.OnKey request = new(new KeyCommand(KeyVerb.Read, default, default, default, false), null, SessionTag.None);
        ClientOutcome outcome = FakeCluster.Done;
        metrics.Ended(request, outcome, TimeSpan.Zero);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 100; round++)
            metrics.Ended(request, outcome, TimeSpan.Zero);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static (long Redirects, long Refused, long Unanswered) Counted(RouterHarness router) =>
        (router.Counts.Redirects, router.Counts.RetriesAfterRefusal, router.Counts.RetriesAfterSilence);
}
