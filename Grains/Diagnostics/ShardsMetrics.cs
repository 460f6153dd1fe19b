using System.Diagnostics;
using System.Diagnostics.Metrics;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Diagnostics;

/// <summary>
/// Every metric of a silo, and what its shells call to feed them. Thread-safe. While nobody listens a call is a few
/// comparisons and makes nothing. Times are from <see cref="Stopwatch.GetTimestamp"/>.
/// </summary>
public sealed class ShardsMetrics : IDisposable
{
    // A fast disk answers in 0.1 ms, and what a client waits for ends by 4.5 s.
    private static readonly InstrumentAdvice<double> ShortTimes = new()
    {
        HistogramBucketBoundaries =
            [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    };

    // Detection alone takes 10 s unless configured; a fence is one put.
    private static readonly InstrumentAdvice<double> LongTimes = new()
    {
        HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 15, 30, 60],
    };

    private readonly Meter _meter;
    private readonly Gauge<long> _lagEntries;
    private readonly Gauge<long> _lagBytes;
    private readonly Gauge<long> _lagMs;
    private readonly Counter<long> _recordsAppended;
    private readonly Counter<long> _entriesAppended;
    private readonly Counter<long> _bytesAppended;
    private readonly Counter<long> _recordsRead;
    private readonly Counter<long> _takeovers;
    private readonly Counter<long> _entriesReplayed;
    private readonly Histogram<double> _takeoverPhases;
    private readonly Histogram<double> _requests;
    private readonly Histogram<double> _storeRequests;
    private readonly Counter<long> _handOverSteps;
    private readonly Gauge<long> _movesActive;
    private readonly Counter<long> _moves;
    private readonly Histogram<double> _movePauses;

    /// <summary>Makes the instruments; they go with <paramref name="meters"/>.</summary>
    public ShardsMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(ShardsDiagnostics.MeterName);
        _lagEntries = _meter.CreateGauge<long>("orleansshards.wal.lag.entries", "{entry}", "Durable, not yet replayed by the shadow.");
        _lagBytes = _meter.CreateGauge<long>("orleansshards.wal.lag.bytes", "By", "The bytes of the records that these are in.");
        _lagMs = _meter.CreateGauge<long>("orleansshards.wal.lag.time", "ms", "The age of the oldest of these.");
        _recordsAppended = _meter.CreateCounter<long>("orleansshards.wal.records.appended", "{record}", "Records put.");
        _entriesAppended = _meter.CreateCounter<long>("orleansshards.wal.entries.appended", "{entry}", "Entries in these.");
        _bytesAppended = _meter.CreateCounter<long>("orleansshards.wal.bytes.appended", "By", "Bytes of these.");
        _recordsRead = _meter.CreateCounter<long>("orleansshards.wal.records.replayed", "{record}", "Records read to be replayed.");
        _takeovers = _meter.CreateCounter<long>("orleansshards.takeovers", "{takeover}", "Changes of the primary.");
        _entriesReplayed = _meter.CreateCounter<long>(
            "orleansshards.takeover.entries.replayed", "{entry}", "Entries that were still to be replayed when a takeover began.");
        _takeoverPhases = Times("orleansshards.takeover.phase.duration", "How long a phase of a takeover took.", LongTimes);
        _requests = Times("orleansshards.request.duration", "How long a master or a shard took to answer.", ShortTimes);
        _storeRequests = Times("orleansshards.store.request.duration", "How long the store took to answer.", ShortTimes);
        _handOverSteps = _meter.CreateCounter<long>("orleansshards.handover.steps", "{step}", "Steps of hand-overs carried out.");
        _movesActive = _meter.CreateGauge<long>("orleansshards.moves.active", "{move}", "Moves that have begun and not ended.");
        _moves = _meter.CreateCounter<long>("orleansshards.moves", "{move}", "Moves that were committed and have ended.");
        _movePauses = Times("orleansshards.move.pause.duration", "How long a move held a shard's writes.", ShortTimes);
    }

    /// <summary>The shadow's lag, as the primary or the shadow itself knows it. Once a second is enough.</summary>
    public void Lag(long entries, long bytes, long ms)
    {
        _lagEntries.Record(entries);
        _lagBytes.Record(bytes);
        _lagMs.Record(ms);
    }

    /// <summary>The store has answered.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="completion">What came of it.</param>
    /// <param name="startedAt">When it was asked.</param>
    public void Stored(StoreRequest request, StoreCompletion completion, long startedAt)
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

    /// <summary>A master or a copy of a shard has answered, or has failed to.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="answer">The answer; null where there was none.</param>
    /// <param name="startedAt">When it was asked.</param>
    public void Answered(Message request, Message? answer, long startedAt)
    {
        if (_requests.Enabled)
        {
            _requests.Record(
                Stopwatch.GetElapsedTime(startedAt).TotalSeconds,
                Tag("kind", RequestNames.Of(request)),
                Tag("outcome", RequestNames.Outcome(answer)));
        }

        if (_handOverSteps.Enabled && answer is ShardDone or ShardSnapshotReply
            && request is HandOverStep or ReceiveShard or DiscardCopy)
        {
            _handOverSteps.Add(1, Tag("step", RequestNames.Of(request)));
        }
    }

    /// <summary>
    /// A takeover stands in the log. Called once for each, by the new primary, when its redirect has ended too, or
    /// without that phase where the process stops before.
    /// </summary>
    public void TookOver(TakeoverRecord takeover)
    {
        KeyValuePair<string, object?> reason = Tag("reason", RequestNames.Of(takeover.Reason));
        _takeovers.Add(1, reason);
        _entriesReplayed.Add(takeover.EntriesReplayed, reason);
        if (takeover.Reason == TakeoverReason.Resumed)
        {
            // Its phases died with the run that began it: zeros would pull every average down.
            return;
        }

        Phase("detect", takeover.Phases.DetectUs, reason);
        Phase("catch_up", takeover.Phases.CatchUpUs, reason);
        Phase("fence", takeover.Phases.FenceUs, reason);
        Phase("promote", takeover.Phases.PromoteUs, reason);
        if (takeover.Phases.RedirectUs is { } redirectUs)
            Phase("redirect", redirectUs, reason);
    }

    /// <summary>How many moves are under way, as the primary knows it. Once a second is enough.</summary>
    public void MovesUnderWay(int count) => _movesActive.Record(count);

    /// <summary>A committed move has ended, both copies included. Called once for each, by the primary.</summary>
    /// <param name="pauseUs">How long writes were held, in microseconds; null where nobody has measured it.</param>
    public void Moved(long? pauseUs)
    {
        _moves.Add(1);
        if (pauseUs is { } pause)
            _movePauses.Record(pause / 1e6);
    }

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

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

    private Histogram<double> Times(string name, string what, InstrumentAdvice<double> buckets) =>
        _meter.CreateHistogram(name, "s", what, tags: null, buckets);

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
