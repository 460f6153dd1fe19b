using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces.Diagnostics;

namespace OrleansShards.Grains.Diagnostics;

/// <summary>
/// All metrics of a silo, and the methods that record them. Thread-safe. While nobody listens, a call costs a few comparisons and
/// allocates nothing. Start times are from <see cref="Stopwatch.GetTimestamp"/>.
/// </summary>
/// <remarks>
/// What only a primary knows is asked for when it is collected, and is there only while a master leads here: a gauge that is set keeps its
/// last value for ever. Counts whose first event must raise an alert are there from the start, with 0: Prometheus sees no rise in a series
/// that begins.
/// </remarks>
internal sealed class ShardsMetrics
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

    // A small cluster takes a second, a large one as long as its store.
    private static readonly InstrumentAdvice<double> BackupTimes = new()
    {
        HistogramBucketBoundaries = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200],
    };

    private static readonly string[] BackupOperations = ["backup", "restore"];
    private static readonly TakeoverReason[] Reasons = Enum.GetValues<TakeoverReason>();

    private readonly Counter<long> _recordsAppended;
    private readonly Counter<long> _entriesAppended;
    private readonly Counter<long> _bytesAppended;
    private readonly Counter<long> _recordsRead;
    private readonly Counter<long> _entriesReplayed;
    private readonly Histogram<double> _takeoverPhases;
    private readonly Histogram<double> _requests;
    private readonly Histogram<double> _storeRequests;
    private readonly Counter<long> _handOverSteps;
    private readonly Counter<long> _limitRefusals;
    private readonly Histogram<double> _movePauses;
    private readonly Histogram<double> _backups;
    private readonly Counter<long> _backupBytes;

    private readonly ConcurrentDictionary<MasterName, PrimaryReading> _primaries = new();
    private readonly long[] _takeovers = new long[1 + (int)Reasons.Max()];
    private long _movesDone;
    private long _movesAborted;
    private readonly ConcurrentDictionary<string, BackupReading> _backupReadings =
        new(BackupOperations.Select(static operation => KeyValuePair.Create(operation, new BackupReading(0, 0, null))));

    private long _contentBytes;
    private long _contentLimit;

    internal ShardsMetrics(Meter meter)
    {
        _recordsAppended = meter.CreateCounter<long>("orleansshards.wal.records.appended", "{record}", "Records put.");
        _entriesAppended = meter.CreateCounter<long>("orleansshards.wal.entries.appended", "{entry}", "Entries in these.");
        _bytesAppended = meter.CreateCounter<long>("orleansshards.wal.appended.size", "By", "Bytes of these.");
        _recordsRead = meter.CreateCounter<long>("orleansshards.wal.records.replayed", "{record}", "Records read for replay.");
        _entriesReplayed = meter.CreateCounter<long>(
            "orleansshards.takeover.entries.replayed", "{entry}", "Entries that were still to be replayed when a takeover began.");
        _takeoverPhases = Times(meter, "orleansshards.takeover.phase.duration", "How long a phase of a takeover took.", LongTimes);
        _requests = Times(meter, "orleansshards.request.duration", "How long a master or a shard took to answer.", ShortTimes);
        _storeRequests = Times(meter, "orleansshards.store.request.duration", "How long the store took to answer.", ShortTimes);
        _handOverSteps = meter.CreateCounter<long>("orleansshards.handover.steps", "{step}", "Steps of hand-overs carried out.");
        _limitRefusals = meter.CreateCounter<long>(
            "orleansshards.limit.refusals", "{request}", "Requests that shards refused because of a limit.");
        _movePauses = Times(meter, "orleansshards.move.pause.duration", "How long a move held a shard's writes.", ShortTimes);
        ObserveMasters(meter);
        _backups = Times(meter, "orleansshards.backup.duration", "How long a backup or a restore took.", BackupTimes);
        _backupBytes = meter.CreateCounter<long>("orleansshards.backup.size", "By", "Bytes of content that they have copied.");
        ObserveContent(meter);
        ObserveBackups(meter);
    }

    /// <summary>What a master measures while it leads, once a second.</summary>
    internal void Leads(MasterName primary, PrimaryReading reading) => _primaries[primary] = reading;

    /// <summary>The master does not lead here any more.</summary>
    internal void LeadsNoMore(MasterName primary) => _primaries.TryRemove(primary, out _);

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
                Tag("kind", RequestKinds.Of(request)),
                Tag("outcome", RequestNames.Outcome(answer)));
        }

        if (answer is ShardRefusal { Limit: { } limit })
            _limitRefusals.Add(1, Tag("limit", RequestNames.Of(limit)));

        if (_handOverSteps.Enabled && answer is ShardDone or ShardSnapshotReply && request is HandOverStep or ReceiveShard or DiscardCopy)
            _handOverSteps.Add(1, Tag("step", RequestKinds.Of(request)));
    }

    /// <summary>The new primary calls it once for each takeover, after the redirect phase unless that takes too long.</summary>
    internal void TookOver(TakeoverRecord takeover)
    {
        KeyValuePair<string, object?> reason = Tag("reason", RequestNames.Of(takeover.Reason));
        Interlocked.Increment(ref _takeovers[(int)takeover.Reason]);
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

    /// <summary>What the shards' copies on this silo hold, and what they may hold.</summary>
    internal void Holds(long bytes, long limit)
    {
        Volatile.Write(ref _contentBytes, bytes);
        Volatile.Write(ref _contentLimit, limit);
    }

    /// <summary>A <c>backup</c> or a <c>restore</c> has begun in this silo.</summary>
    internal void BackupBegan(string operation) =>
        _backupReadings[operation] = _backupReadings[operation] with { Active = 1 };

    internal void BackupCopied(string operation, long bytes) => _backupBytes.Add(bytes, Tag("operation", operation));

    /// <summary>It has ended, at a time by the silo's clock.</summary>
    internal void BackupEnded(string operation, bool isDone, TimeSpan took, DateTimeOffset at)
    {
        BackupReading before = _backupReadings[operation];
        _backupReadings[operation] = isDone
            ? before with { Active = 0, LastSuccess = at }
            : before with { Active = 0, Failures = before.Failures + 1 };
        _backups.Record(took.TotalSeconds, Tag("operation", operation), Tag("outcome", isDone ? "done" : "failed"));
    }

    /// <summary>The primary calls it for a move that was given up.</summary>
    internal void MoveAborted() => Interlocked.Increment(ref _movesAborted);

    /// <summary>The primary calls it once for each committed move that has ended on both copies; null for an unmeasured pause.</summary>
    internal void Moved(long? pauseUs)
    {
        Interlocked.Increment(ref _movesDone);
        if (pauseUs is { } pause)
            _movePauses.Record(pause / 1e6);
    }

    private void ObserveMasters(Meter meter)
    {
        meter.CreateObservableGauge(
            "orleansshards.primary.term", () => OfPrimaries(static reading => (long)reading.Term.Value), "{term}",
            "The term of the master that leads here.");
        meter.CreateObservableGauge(
            "orleansshards.wal.lag.entries", () => OfShadows(static shadow => shadow.LagEntries), "{entry}",
            "Durable entries that the shadow has not replayed yet.");
        meter.CreateObservableGauge(
            "orleansshards.wal.lag.size", () => OfShadows(static shadow => shadow.LagBytes), "By",
            "Bytes of the records that hold these.");
        meter.CreateObservableGauge(
            "orleansshards.wal.lag.time", () => OfShadows(static shadow => shadow.LagTime.TotalSeconds), "s",
            "Age of the oldest of these.");
        meter.CreateObservableGauge(
            "orleansshards.shadow.silence.time", () => OfShadows(static shadow => shadow.Silence.TotalSeconds), "s",
            "How long ago the primary heard from its shadow.");
        meter.CreateObservableUpDownCounter(
            "orleansshards.active_moves", () => OfPrimaries(static reading => reading.Moves), "{move}",
            "Moves that have begun and not ended.");
        meter.CreateObservableCounter("orleansshards.takeovers", Takeovers, "{takeover}", "Changes of term.");
        meter.CreateObservableCounter("orleansshards.moves", Moves, "{move}", "Moves that have ended.");
    }

    private void ObserveContent(Meter meter)
    {
        meter.CreateObservableUpDownCounter(
            "orleansshards.content.size", () => Volatile.Read(ref _contentBytes), "By",
            "Bytes of keys, values and sessions that the shards on this silo hold.");
        meter.CreateObservableUpDownCounter(
            "orleansshards.content.limit", () => Volatile.Read(ref _contentLimit), "By", "How many bytes they may hold.");
    }

    private void ObserveBackups(Meter meter)
    {
        meter.CreateObservableUpDownCounter(
            "orleansshards.backup.active", () => OfBackups(static one => (long?)one.Active), "{run}",
            "Backups and restores that are under way.");
        meter.CreateObservableCounter(
            "orleansshards.backup.failures", () => OfBackups(static one => (long?)one.Failures), "{run}",
            "Backups and restores that have failed.");
        meter.CreateObservableGauge(
            "orleansshards.backup.last_success.time",
            () => OfBackups(static one => one.LastSuccess?.ToUnixTimeMilliseconds() / 1000.0), "s",
            "When the newest that has succeeded ended, in seconds since 1970.");
    }

    private IEnumerable<Measurement<T>> OfBackups<T>(Func<BackupReading, T?> read)
        where T : struct =>
        from operation in BackupOperations
        let value = read(_backupReadings[operation])
        where value is not null
        select new Measurement<T>(value.Value, Tag("operation", operation));

    private IEnumerable<Measurement<T>> OfPrimaries<T>(Func<PrimaryReading, T> read)
        where T : struct =>
        _primaries.Select(one => new Measurement<T>(read(one.Value), Tag("primary", one.Key.Value)));

    private IEnumerable<Measurement<T>> OfShadows<T>(Func<ShadowReading, T> read)
        where T : struct
    {
        foreach ((MasterName primary, PrimaryReading reading) in _primaries)
        {
            if (reading.Shadow is { } shadow)
                yield return new Measurement<T>(read(shadow), Tag("primary", primary.Value));
        }
    }

    private IEnumerable<Measurement<long>> Takeovers() =>
        Reasons.Select(reason => new Measurement<long>(
            Volatile.Read(ref _takeovers[(int)reason]), Tag("reason", RequestNames.Of(reason))));

    private IEnumerable<Measurement<long>> Moves() =>
    [
        new(Volatile.Read(ref _movesDone), Tag("outcome", "done")), new(Volatile.Read(ref _movesAborted), Tag("outcome", "aborted")),
    ];

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

/// <summary>What a primary measures once a second; the shadow is null in a cluster with one master.</summary>
internal sealed record PrimaryReading(Term Term, int Moves, ShadowReading? Shadow);

/// <summary>How many backups or restores are under way and have failed, and when the newest has succeeded.</summary>
internal sealed record BackupReading(long Active, long Failures, DateTimeOffset? LastSuccess);

/// <summary>What a primary knows of its shadow.</summary>
internal readonly record struct ShadowReading(long LagEntries, long LagBytes, TimeSpan LagTime, TimeSpan Silence);
