using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Diagnostics;

/// <summary>The meter of this product, and its registration.</summary>
public static class ShardsDiagnostics
{
    /// <summary>The name of the meter that has every metric of this product.</summary>
    public const string MeterName = "OrleansShards";

    /// <summary>Adds the metrics; safe to call more than once.</summary>
    public static IServiceCollection AddShardsDiagnostics(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton(static provider => new ShardsMetrics(provider.GetRequiredService<IMeterFactory>().Create(MeterName)));
        return services;
    }
}

/// <summary>
/// All metrics of a silo, and the methods that record them. Thread-safe. While nobody listens, a call costs a few comparisons and
/// allocates nothing. Start times are from <see cref="Stopwatch.GetTimestamp"/>.
/// </summary>
internal sealed class ShardsMetrics(Meter meter)
{
    // A fast disk answers in 0.1 ms, and a client waits for 4.5 s at most.
    private static readonly InstrumentAdvice<double> ShortTimes = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    };

    // Detection alone takes 10 s by default; a fence is one put.
    private static readonly InstrumentAdvice<double> LongTimes = new()
    {
        HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 15, 30, 60],
    };

    private readonly Gauge<long> _lagEntries = meter.CreateGauge<long>(
        "orleansshards.wal.lag.entries", "{entry}", "Durable entries that the shadow has not replayed yet.");
    private readonly Gauge<long> _lagBytes = meter.CreateGauge<long>(
        "orleansshards.wal.lag.bytes", "By", "Bytes of the records that hold these.");
    private readonly Gauge<long> _lagMs = meter.CreateGauge<long>("orleansshards.wal.lag.time", "ms", "Age of the oldest of these.");
    private readonly Counter<long> _recordsAppended = meter.CreateCounter<long>(
        "orleansshards.wal.records.appended", "{record}", "Records put.");
    private readonly Counter<long> _entriesAppended = meter.CreateCounter<long>(
        "orleansshards.wal.entries.appended", "{entry}", "Entries in these.");
    private readonly Counter<long> _bytesAppended = meter.CreateCounter<long>("orleansshards.wal.bytes.appended", "By", "Bytes of these.");
    private readonly Counter<long> _recordsRead = meter.CreateCounter<long>(
        "orleansshards.wal.records.replayed", "{record}", "Records read for replay.");
    private readonly Counter<long> _takeovers = meter.CreateCounter<long>(
        "orleansshards.takeovers", "{takeover}", "Changes of term.");
    private readonly Counter<long> _entriesReplayed = meter.CreateCounter<long>(
        "orleansshards.takeover.entries.replayed", "{entry}", "Entries that were still to be replayed when a takeover began.");
    private readonly Histogram<double> _takeoverPhases = Times(
        meter, "orleansshards.takeover.phase.duration", "How long a phase of a takeover took.", LongTimes);
    private readonly Histogram<double> _requests = Times(
        meter, "orleansshards.request.duration", "How long a master or a shard took to answer.", ShortTimes);
    private readonly Histogram<double> _storeRequests = Times(
        meter, "orleansshards.store.request.duration", "How long the store took to answer.", ShortTimes);
    private readonly Counter<long> _handOverSteps = meter.CreateCounter<long>(
        "orleansshards.handover.steps", "{step}", "Steps of hand-overs carried out.");
    private readonly Gauge<long> _movesActive = meter.CreateGauge<long>(
        "orleansshards.moves.active", "{move}", "Moves that have begun and not ended.");
    private readonly Counter<long> _moves = meter.CreateCounter<long>(
        "orleansshards.moves", "{move}", "Moves that were committed and have ended.");
    private readonly Gauge<long> _contentBytes = meter.CreateGauge<long>(
        "orleansshards.content.bytes", "By", "Bytes of keys, values and sessions that the shards on this silo hold.");
    private readonly Counter<long> _limitRefusals = meter.CreateCounter<long>(
        "orleansshards.limit.refusals", "{request}", "Requests that shards refused because of a limit.");
    private readonly Histogram<double> _movePauses = Times(
        meter, "orleansshards.move.pause.duration", "How long a move held a shard's writes.", ShortTimes);

    internal void Lag(long entries, long bytes, long ms)
    {
        _lagEntries.Record(entries);
        _lagBytes.Record(bytes);
        _lagMs.Record(ms);
    }

    internal void Stored(StoreRequest request, StoreCompletion completion, long startedAt)
    {
        if (_storeRequests.Enabled)
        {
            _storeRequests.Record(
                Stopwatch.GetElapsedTime(startedAt).TotalSeconds,
                Tag("kind", RequestNames.Of(request)),
                Tag("outcome", RequestNames.Outcome(completion)));
        }

        if (request is StoreRequest.Put put && completion is StoreCompletion.Put { Outcome: PutOutcome.Stored })
            Appended(put);
        else if (_recordsRead.Enabled && completion is StoreCompletion.Read { Records.Count: > 0 } read)
            _recordsRead.Add(read.Records.Count, Tag("log", RequestNames.Of(request.Log)));
    }

    /// <summary>Records a request to a node; <paramref name="answer"/> is null if the node failed to answer.</summary>
    internal void Answered(Message request, Message? answer, long startedAt)
    {
        if (_requests.Enabled)
        {
            _requests.Record(
                Stopwatch.GetElapsedTime(startedAt).TotalSeconds,
                Tag("kind", RequestNames.Of(request)),
                Tag("outcome", RequestNames.Outcome(answer)));
        }

        if (answer is ShardRefusal { Limit: { } limit })
            _limitRefusals.Add(1, Tag("limit", RequestNames.Of(limit)));

        if (_handOverSteps.Enabled && answer is ShardDone or ShardSnapshotReply && request is HandOverStep or ReceiveShard or DiscardCopy)
            _handOverSteps.Add(1, Tag("step", RequestNames.Of(request)));
    }

    /// <summary>The new primary calls it once for each takeover, after the redirect phase unless that takes too long.</summary>
    internal void TookOver(TakeoverRecord takeover)
    {
        KeyValuePair<string, object?> reason = Tag("reason", RequestNames.Of(takeover.Reason));
        _takeovers.Add(1, reason);
        _entriesReplayed.Add(takeover.EntriesReplayed, reason);
        if (takeover.Reason == TakeoverReason.Resumed)
        {
            // The phases were lost with the run that began the takeover. Zeros would distort every average.
            return;
        }

        Phase("detect", takeover.Phases.DetectUs, reason);
        Phase("catch_up", takeover.Phases.CatchUpUs, reason);
        Phase("fence", takeover.Phases.FenceUs, reason);
        Phase("promote", takeover.Phases.PromoteUs, reason);
        if (takeover.Phases.RedirectUs is { } redirectUs)
            Phase("redirect", redirectUs, reason);
    }

    internal void Holds(long bytes) => _contentBytes.Record(bytes);

    internal void MovesUnderWay(int count) => _movesActive.Record(count);

    /// <summary>The primary calls it once for each committed move that has ended on both copies; null for an unmeasured pause.</summary>
    internal void Moved(long? pauseUs)
    {
        _moves.Add(1);
        if (pauseUs is { } pause)
            _movePauses.Record(pause / 1e6);
    }

    private void Appended(StoreRequest.Put put)
    {
        KeyValuePair<string, object?> log = Tag("log", RequestNames.Of(put.Log));
        _recordsAppended.Add(1, log);
        _bytesAppended.Add(put.Record.Length, log);
        if (_entriesAppended.Enabled)
            _entriesAppended.Add(RecordCodec.CountEntries(put.Record.Span), log);
    }

    private void Phase(string phase, long us, KeyValuePair<string, object?> reason) =>
        _takeoverPhases.Record(us / 1e6, Tag("phase", phase), reason);

    private static Histogram<double> Times(Meter meter, string name, string what, InstrumentAdvice<double> buckets) =>
        meter.CreateHistogram(name, "s", what, tags: null, buckets);

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
