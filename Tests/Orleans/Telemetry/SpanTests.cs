using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using OrleansShards.Client;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Tests.Orleans.Client;

namespace OrleansShards.Tests.Orleans.Telemetry;

/// <summary>One trace of one request: the client's spans, Orleans' propagation over TCP, the silo's, down to the store.</summary>
public sealed class SpanTests : IAsyncLifetime
{
    private static readonly string[] Sources =
        [ShardsClientDiagnostics.ActivitySourceName, ShardsDiagnostics.ActivitySourceName, "Microsoft.Orleans.Runtime"];

    private readonly ShardsSilo _silo = new() { Configure = static silo => silo.AddActivityPropagation() };
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly ActivityTraceId _trace = ActivityTraceId.CreateRandom();
    private IHost? _app;

    public SpanTests()
    {
        // Other tests' requests are not sampled.
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => Sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => options.TraceId == _trace
                ? ActivitySamplingResult.AllDataAndRecorded
                : ActivitySamplingResult.None,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private IShardsClient Shards => _app!.Services.GetRequiredService<IShardsClient>();

    public async ValueTask InitializeAsync()
    {
        await _silo.InitializeAsync();
        _app = await _silo.AppAsync();
        await Shards.PutAsync("k", 0, cancellationToken: TestEnds);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _app!.StopAsync(TestEnds);
        _app.Dispose();
        await _silo.DisposeAsync();
    }

    [Fact]
    public async Task Put_Traced_IsOneTrace_FromTheCallToTheStore()
    {
        using (Begin("put"))
            (await Shards.PutAsync("k", 1, cancellationToken: TestEnds)).ThrowIfFailed();

        Activity[] path = await PathToAsync("store put");
        Assert.Equal(
            ["write", "attempt", "call of OnKey", "write", "log append", "store put"], path.Select(Name));
        Assert.Equal(
            [
                "OrleansShards.Client", "OrleansShards.Client", "Microsoft.Orleans.Runtime",
                "OrleansShards", "OrleansShards", "OrleansShards",
            ],
            path.Select(static span => span.Source.Name));
        Assert.Equal("done", path[0].GetTagItem("orleansshards.outcome"));
        Assert.Equal(path[1].GetTagItem("orleansshards.node"), path[3].GetTagItem("orleansshards.node"));
        Assert.Equal("done", path[3].GetTagItem("orleansshards.outcome"));
        Assert.True(path[4].GetTagItem("orleansshards.log.index") is > 0L);
        Assert.All(path, static span => Assert.Equal(ActivityStatusCode.Unset, span.Status));
        Assert.All(path.Zip(path.Skip(1)), static pair => Assert.True(pair.Second.StartTimeUtc >= pair.First.StartTimeUtc));
        Assert.True(path[5].Duration <= path[4].Duration);
    }

    [Fact]
    public async Task Get_Traced_EndsInTheCheckOfTheLog()
    {
        using (Begin("get"))
            (await Shards.GetAsync("k", cancellationToken: TestEnds)).ThrowIfFailed();

        Activity[] path = await PathToAsync("store probe");
        Assert.Equal(
            ["read", "attempt", "call of OnKey", "read", "log check", "store probe"], path.Select(Name));
    }

    /// <summary>What one trace has of others' work would grow with the load: a put's completion begins the next put.</summary>
    [Fact]
    public async Task Put_Traced_AmongOthers_HasOneOfEachSpan()
    {
        Task<KeyResult>[] others = [.. Enumerable.Range(0, 200).Select(_ => Shards.PutAsync("k", 2, cancellationToken: TestEnds))];
        using (Begin("put"))
            (await Shards.PutAsync("k", 1, cancellationToken: TestEnds)).ThrowIfFailed();

        others = [.. others, .. Enumerable.Range(0, 200).Select(_ => Shards.PutAsync("k", 3, cancellationToken: TestEnds))];
        await Task.WhenAll(others);
        await PathToAsync("store put");
        Assert.Equal(
            ["attempt", "call of OnKey", "log append", "store put", "write", "write"],
            _ended.Select(Name).Order(StringComparer.Ordinal));
    }

    // Orleans names its spans INTERFACE/METHOD.
    private static string Name(Activity span) => span.Source.Name == "Microsoft.Orleans.Runtime"
        ? $"call of {span.OperationName.Split('/')[^1]}"
        : span.OperationName;

    private Activity Begin(string name)
    {
        Activity root = new(name);
        root.SetParentId(_trace, ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        return root.Start();
    }

    /// <summary>The spans from the outermost to the one of that name, once they have ended.</summary>
    private async Task<Activity[]> PathToAsync(string name)
    {
        await Waits.UntilAsync(
            () => _ended.Count(static span => span.OperationName is "read" or "write") == 2,
            "the client's and the silo's span of the request have ended");
        List<Activity> path = [];
        for (Activity? span = _ended.Single(span => span.OperationName == name);
            span is not null;
            span = _ended.FirstOrDefault(outer => outer.SpanId == span.ParentSpanId))
        {
            path.Insert(0, span);
        }

        return [.. path];
    }
}
