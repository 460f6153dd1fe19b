using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Tests.Orleans.Telemetry;

namespace OrleansShards.Tests.Orleans.Diagnostics;

public sealed class ShardsMetricsTests : IDisposable
{
    private static readonly LogName ShardLog = LogName.Shard(new GroupId("n1"), new ShardId(3));
    private static readonly MasterName N1 = new("n1");
    private static readonly ShadowReading Shadow = new(3, 400, TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(1500));
    private static readonly TakeoverPhases Phases = new(10_000_000, 2_000, 1_000, 500, 250_000);

    private readonly ServiceProvider _services =
        new ServiceCollection().AddShardsDiagnostics().AddShardsDiagnostics().BuildServiceProvider();
    private readonly ShardsMetrics _metrics;

    public ShardsMetricsTests() => _metrics = _services.GetRequiredService<ShardsMetrics>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Leads_WhatThePrimaryKnows_IsShownInBaseUnits_WhileItLeads()
    {
        using MeterReadings readings = Listen();
        Assert.Empty(OfMasters());
        _metrics.Leads(N1, new PrimaryReading(new Term(4), 2, Shadow));

        Assert.Equal(
            [
                "orleansshards.active_moves {primary=n1} 2",
                "orleansshards.primary.term {primary=n1} 4",
                "orleansshards.shadow.silence.time {primary=n1} 1.5",
                "orleansshards.wal.lag.entries {primary=n1} 3",
                "orleansshards.wal.lag.size {primary=n1} 400",
                "orleansshards.wal.lag.time {primary=n1} 0.025",
            ],
            OfMasters());

        _metrics.LeadsNoMore(N1);
        Assert.Empty(OfMasters());

        IEnumerable<string> OfMasters() => readings.Seen().Where(static line => line.Contains("primary=", StringComparison.Ordinal));
    }

    [Fact]
    public void Leads_WithoutAShadow_ShowsNothingOfOne()
    {
        using MeterReadings readings = Listen();
        _metrics.Leads(N1, new PrimaryReading(new Term(4), 0, null));

        Assert.Empty(readings.Seen("orleansshards.wal.lag"));
        Assert.Empty(readings.Seen("orleansshards.shadow"));
        Assert.Single(readings.Seen("orleansshards.primary"));
    }

    [Fact]
    public void Answered_RefusedByALimit_IsCountedByLimit()
    {
        using MeterReadings readings = Listen();
        _metrics.Holds(500, 1000);
        SeedShard request = new(JsonText.Parse("{}"), default);
        _metrics.Answered(request, new DataLimits().ShardFull(1, 2), Stopwatch.GetTimestamp());
        _metrics.Answered(request, new ShardRefusal(ShardRefusalKind.NotReady, "", null, default), Stopwatch.GetTimestamp());

        Assert.Equal(["orleansshards.limit.refusals {limit=shard} 1"], readings.Seen("orleansshards.limit"));
        Assert.Equal(
            ["orleansshards.content.limit {} 1000", "orleansshards.content.size {} 500"], readings.Seen("orleansshards.content"));
    }

    [Fact]
    public void Moved_CountsTheMove_AndItsPauseWhereItWasMeasured()
    {
        using MeterReadings readings = Listen();
        Assert.Equal(
            ["orleansshards.moves {outcome=aborted} 0", "orleansshards.moves {outcome=done} 0"], readings.Seen("orleansshards.moves"));
        _metrics.Moved(null);
        Assert.Empty(readings.Series("orleansshards.move.pause"));
        _metrics.Moved(12_000);
        _metrics.MoveAborted();
        Assert.Equal(
            ["orleansshards.moves {outcome=aborted} 1", "orleansshards.moves {outcome=done} 2"], readings.Seen("orleansshards.moves"));
        Assert.Equal(["orleansshards.move.pause.duration {} 0.012"], readings.Seen("orleansshards.move.pause"));
    }

    [Fact]
    public void Stored_PutThatWasStored_CountsRecordEntriesAndBytes()
    {
        using MeterReadings readings = Listen();
        StoreRequest.Put put = Put(2);
        _metrics.Stored(put, new StoreCompletion.Put(default, PutOutcome.Stored), Stopwatch.GetTimestamp());

        Assert.Equal(
            [
                $"orleansshards.wal.appended.size {{log=shard}} {put.Record.Length}",
                "orleansshards.wal.entries.appended {log=shard} 2",
                "orleansshards.wal.records.appended {log=shard} 1",
            ],
            readings.Seen("orleansshards.wal"));
        Assert.Equal(["orleansshards.store.request.duration {kind=put,outcome=done}"], readings.Series("orleansshards.store"));
    }

    [Theory]
    [InlineData(PutOutcome.Occupied, "occupied")]
    [InlineData(PutOutcome.NotStored, "refused")]
    [InlineData(PutOutcome.Unknown, "unknown")]
    public void Stored_PutThatWasNot_IsNoRecord(PutOutcome outcome, string name)
    {
        using MeterReadings readings = Listen();
        _metrics.Stored(Put(1), new StoreCompletion.Put(default, outcome), Stopwatch.GetTimestamp());

        Assert.Empty(readings.Seen("orleansshards.wal"));
        Assert.Equal([$"orleansshards.store.request.duration {{kind=put,outcome={name}}}"], readings.Series("orleansshards.store"));
    }

    [Fact]
    public void Stored_ReadOfTheMastersLog_CountsWhatItBrought()
    {
        using MeterReadings readings = Listen();
        var read = new StoreRequest.Read(default, LogName.Master, default, 1);
        _metrics.Stored(read, new StoreCompletion.Read(default, new StoredRecord[4], default), Stopwatch.GetTimestamp());
        _metrics.Stored(read, new StoreCompletion.Read(default, [], default), Stopwatch.GetTimestamp());
        _metrics.Stored(read, new StoreCompletion.Failed(default, "no"), Stopwatch.GetTimestamp());

        Assert.Equal(["orleansshards.wal.records.replayed {log=master} 4"], readings.Seen("orleansshards.wal"));
        Assert.Equal(3, readings.Series("orleansshards.store").Count);
    }

    [Fact]
    public void Answered_Requests_AreToldApartByKindAndOutcome()
    {
        using MeterReadings readings = Listen();
        JsonText key = JsonText.Parse("\"k\"");
        KeyRequest write = new(SessionTag.None, new KeyCommand(KeyVerb.Write, key, key, default, false));
        Answer(write, new KeyReply(KeyVerdict.Done, default));
        Answer(write, new KeyReply(KeyVerdict.StaleSequence, default));
        Answer(write, new ShardRefusal(ShardRefusalKind.Moved, "", null, default));
        Answer(write, new ShardUnknown(""));
        Answer(new QueryConfig(null), null);

        Assert.Equal(
            [
                "orleansshards.request.duration {kind=query_config,outcome=failed}",
                "orleansshards.request.duration {kind=write,outcome=done}",
                "orleansshards.request.duration {kind=write,outcome=refused}",
                "orleansshards.request.duration {kind=write,outcome=rejected}",
                "orleansshards.request.duration {kind=write,outcome=unknown}",
            ],
            readings.Series("orleansshards.request"));
    }

    [Fact]
    public void Answered_StepOfAHandOver_CountsWhereItWasDone()
    {
        using MeterReadings readings = Listen();
        Answer(new ConfirmReceived(), new ShardDone());
        Answer(new ConfirmReceived(), new ShardUnknown(""));
        Answer(new QueryAvailability(), new ShardDone());

        Assert.Equal(["orleansshards.handover.steps {step=confirm_received} 1"], readings.Seen("orleansshards.handover"));
    }

    [Fact]
    public void TookOver_HasEveryPhaseInSeconds()
    {
        using MeterReadings readings = Listen();
        _metrics.TookOver(Takeover(TakeoverReason.HeartbeatsMissed));

        Assert.Equal(
            [
                "orleansshards.takeover.entries.replayed {reason=heartbeats_missed} 7",
                "orleansshards.takeover.phase.duration {phase=catch_up,reason=heartbeats_missed} 0.002",
                "orleansshards.takeover.phase.duration {phase=detect,reason=heartbeats_missed} 10",
                "orleansshards.takeover.phase.duration {phase=fence,reason=heartbeats_missed} 0.001",
                "orleansshards.takeover.phase.duration {phase=promote,reason=heartbeats_missed} 0.0005",
                "orleansshards.takeover.phase.duration {phase=redirect,reason=heartbeats_missed} 0.25",
            ],
            readings.Seen("orleansshards.takeover."));
    }

    /// <summary>An alert on the first one needs the count before it: in a series that begins with 1, Prometheus sees no rise.</summary>
    [Fact]
    public void Takeovers_OfEveryReason_AreThereBeforeTheFirst()
    {
        using MeterReadings readings = Listen();
        Assert.Equal(Enum.GetValues<TakeoverReason>().Length, readings.Seen("orleansshards.takeovers").Count);
        Assert.All(readings.Seen("orleansshards.takeovers"), static line => Assert.EndsWith("} 0", line, StringComparison.Ordinal));

        _metrics.TookOver(Takeover(TakeoverReason.HeartbeatsMissed));
        Assert.Contains("orleansshards.takeovers {reason=heartbeats_missed} 1", readings.Seen("orleansshards.takeovers"));
    }

    [Fact]
    public void TookOver_Resumed_HasNoPhases()
    {
        using MeterReadings readings = Listen();
        _metrics.TookOver(Takeover(TakeoverReason.Resumed));

        Assert.Empty(readings.Series("orleansshards.takeover.phase"));
        Assert.Contains("orleansshards.takeovers {reason=resumed} 1", readings.Seen("orleansshards.takeovers"));
    }

    [Fact]
    public void Backup_FromBeginToEnd_IsCounted()
    {
        using MeterReadings readings = Listen();
        Assert.Contains("orleansshards.backup.failures {operation=restore} 0", readings.Seen("orleansshards.backup.failures"));
        Assert.Empty(readings.Seen("orleansshards.backup.last_success.time"));

        _metrics.BackupBegan("backup");
        Assert.Contains("orleansshards.backup.active {operation=backup} 1", readings.Seen("orleansshards.backup.active"));
        _metrics.BackupCopied("backup", 70);
        _metrics.BackupEnded("backup", isDone: false, TimeSpan.FromSeconds(2), DateTimeOffset.UnixEpoch);
        Assert.Contains("orleansshards.backup.active {operation=backup} 0", readings.Seen("orleansshards.backup.active"));
        Assert.Contains("orleansshards.backup.failures {operation=backup} 1", readings.Seen("orleansshards.backup.failures"));
        Assert.Empty(readings.Seen("orleansshards.backup.last_success.time"));

        _metrics.BackupEnded("backup", isDone: true, TimeSpan.FromSeconds(2), DateTimeOffset.UnixEpoch.AddSeconds(1.5));
        string succeeded = Assert.Single(readings.Seen("orleansshards.backup.last_success.time"));
        Assert.Equal("orleansshards.backup.last_success.time {operation=backup} 1.5", succeeded);
    }

    [Fact]
    public void EveryMetric_IsInTheDocs()
    {
        using MeterReadings readings = Listen();
        Assert.Equal(26, readings.Names.Count);
        Assert.Equal(TelemetryDocs.Metrics("OrleansShards"), readings.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void AnyCall_NobodyListens_MakesNothing() => FeedMakesNothing();

    /// <summary>As in a silo, which always collects for <c>/metrics</c>.</summary>
    [Fact]
    public void AnyCall_Collected_MakesNothing()
    {
        using MeterProvider collected = OpenTelemetry.Sdk.CreateMeterProviderBuilder()
            .AddMeter(ShardsDiagnostics.MeterName).AddPrometheusExporter().Build();
        FeedMakesNothing();
    }

    private void FeedMakesNothing()
    {
        StoreRequest.Put put = Put(3);
        StoreCompletion.Put stored = new(default, PutOutcome.Stored);
        ConfirmReceived confirm = new();
        ShardDone done = new();
        TakeoverRecord takeover = Takeover(TakeoverReason.Requested);
        for (int round = 0; round < 100; round++)
            Feed();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 100; round++)
            Feed();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Feed()
        {
            _metrics.Stored(put, stored, 0);
            _metrics.Answered(confirm, done, 0);
            _metrics.TookOver(takeover);
        }
    }

    private MeterReadings Listen() => new(ShardsDiagnostics.MeterName, _services);

    private void Answer(Message request, Message? answer) => _metrics.Answered(request, answer, Stopwatch.GetTimestamp());

    private static TakeoverRecord Takeover(TakeoverReason reason) =>
        new(reason, new MasterName("n1"), new MasterName("n2"), new Term(2), 7, Phases);

    private static StoreRequest.Put Put(int entries)
    {
        ReadOnlyMemory<byte>[] content = [.. Enumerable.Range(0, entries).Select(static _ => Encoding.UTF8.GetBytes("entry"))];
        WriterId writer = new("n1/3", new Incarnation(1));
        (byte[] bytes, _) = RecordCodec.Encode(LogCursor.Start, RecordKind.Ordinary, new Term(1), writer, null, content);
        return new StoreRequest.Put(default, ShardLog, new LogIndex(1), bytes);
    }
}
