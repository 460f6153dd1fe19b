using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OrleansShards.Client.Diagnostics;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Tests.Orleans.Silo;

namespace OrleansShards.Tests.Orleans.Telemetry;

public sealed partial class ScrapeTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Silo_Scraped_ShowsItsMetrics_OrleansAndTheRuntimes()
    {
        using SiloRun silo = new();
        await silo.UntilReadyIsAsync(true);
        (HttpStatusCode status, string text) = await silo.GetAsync("/metrics");

        Assert.Equal(HttpStatusCode.OK, status);
        string[] expected =
        [
            "orleansshards_wal_records_appended_total{log=\"master\"}", "orleansshards_request_duration_seconds_bucket{",
            "orleansshards_takeovers_total{reason=\"heartbeats_missed\"} 0", "orleansshards_content_limit_bytes{} 4294967296",
            "orleans_grains{", "dotnet_gc_collections_total",
        ];
        Assert.All(expected, name => Assert.Contains(name, text, StringComparison.Ordinal));
        silo.Terminate();
        Assert.Equal(0, await silo.EndedAsync());
    }

    /// <summary>The exporter decides what Prometheus calls a metric; alerts and panels are compared with the docs.</summary>
    [Fact]
    public async Task EveryMetric_Scraped_HasTheNameOfTheDocs()
    {
        await using ServiceProvider services = new ServiceCollection().AddShardsDiagnostics().BuildServiceProvider();
        using MeterProvider provider = OpenTelemetry.Sdk.CreateMeterProviderBuilder()
            .AddMeter("OrleansShards*").AddPrometheusExporter(static options => options.ScopeInfoEnabled = false).Build();
        Feed(services.GetRequiredService<ShardsMetrics>());
        using ShardsClientMetrics client = new(services.GetRequiredService<IMeterFactory>());
        client.Ended(new ClientRequest.OfPrimary(new QueryClusterStatus()), new ClientOutcome.Unknown(""), TimeSpan.Zero);

        string text = await ScrapeAsync(provider);
        IEnumerable<string> names = Types().Matches(text).Select(static line => line.Groups["name"].Value);
        IEnumerable<string> documented = TelemetryDocs.PrometheusNames("OrleansShards")
            .Concat(TelemetryDocs.PrometheusNames("OrleansShards.Client"));
        Assert.Equal(documented.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
    }

    private static async Task<string> ScrapeAsync(MeterProvider provider)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication page = builder.Build();
        page.MapPrometheusScrapingEndpoint("/metrics", provider, null, null);
        await page.StartAsync(TestEnds);
        using HttpClient http = new();
        return await http.GetStringAsync($"{page.Urls.Single()}/metrics", TestEnds);
    }

    private static void Feed(ShardsMetrics metrics)
    {
        MasterName n1 = new("n1");
        ReadOnlyMemory<byte>[] entries = [new byte[1]];
        (byte[] record, _) = RecordCodec.Encode(
            LogCursor.Start, RecordKind.Ordinary, new Term(1), new WriterId("n1", new Incarnation(1)), null, entries);
        StoreRequest.Put put = new(default, LogName.Master, new LogIndex(1), record);
        metrics.Leads(n1, new PrimaryReading(new Term(1), 0, default(ShadowReading)));
        metrics.Stored(put, new StoreCompletion.Put(default, PutOutcome.Stored), Stopwatch.GetTimestamp());
        metrics.Stored(
            new StoreRequest.Read(default, LogName.Master, default, 1), new StoreCompletion.Read(default, new StoredRecord[1], default), 0);
        metrics.Answered(new ConfirmReceived(), new ShardDone(), Stopwatch.GetTimestamp());
        metrics.Answered(new SeedShard(JsonText.Parse("{}"), default), new DataLimits().ShardFull(1, 2), Stopwatch.GetTimestamp());
        metrics.TookOver(new TakeoverRecord(TakeoverReason.Requested, n1, n1, new Term(2), 7, new TakeoverPhases(1, 1, 1, 1, 1)));
        metrics.Moved(1);
        metrics.BackupCopied("backup", 1);
        metrics.BackupEnded("backup", isDone: true, TimeSpan.FromSeconds(1), DateTimeOffset.UnixEpoch);
    }

    [GeneratedRegex("^# TYPE (?<name>orleansshards_[a-z_]+) ", RegexOptions.Multiline)]
    private static partial Regex Types();
}
