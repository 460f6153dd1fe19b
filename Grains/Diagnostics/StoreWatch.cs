using Microsoft.Extensions.Logging;

namespace OrleansShards.Grains.Diagnostics;

/// <summary>
/// Whether this silo's store does what it is asked, by the outcomes of the nodes' requests. Logs a line when it begins to fail, and one
/// when it answers again, however many nodes meet it. Ends the silo, by Orleans' handler of fatal errors, when the store does nothing more
/// until it is opened again. Thread-safe; costs a comparison a request while nothing fails.
/// </summary>
internal sealed partial class StoreWatch(TimeProvider clock, IFatalErrorHandler failures, ILogger<StoreWatch> logger)
{
    // A store that fails now and then has one trouble, not many.
    private static readonly TimeSpan QuietAfter = TimeSpan.FromSeconds(2);

    // Who knows that nothing is asked any more? A trouble that nobody has met for this long is over.
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Side _writes = new("writes");
    private readonly Side _reads = new("reads");
    private volatile bool _isTroubled;
    private long _since;
    private long _failures;
    private StoreFailure? _last;
    private volatile ILogStore? _store;

    /// <summary>
    /// Why writes fail, none having succeeded since; null while they do not, or while nobody has written for long. Whether reads succeed, a
    /// read shows at any time.
    /// </summary>
    internal string? WriteTrouble
    {
        get
        {
            if (!_isTroubled)
                return null;

            lock (_gate)
                return _writes.Reason is { } reason ? $"the store fails writes: {reason}" : null;
        }
    }

    /// <summary>The last request that has failed, whether the trouble is over or not; null where none has.</summary>
    internal StoreFailure? Last
    {
        get
        {
            lock (_gate)
                return _last;
        }
    }

    /// <summary>Ends the silo when this store, which is the silo's, has to be opened again.</summary>
    internal void Guard(ILogStore store) => _store = store;

    internal void Completed(StoreRequest request, StoreCompletion completion)
    {
        string? failure = completion switch
        {
            StoreCompletion.Put { Outcome: PutOutcome.NotStored or PutOutcome.Unknown } put => put.Reason ?? "without a reason",
            StoreCompletion.Failed failed => failed.Reason,
            _ => null,
        };
        if (failure is null && !_isTroubled)
            return;

        Side side = request is StoreRequest.Put or StoreRequest.PutChunk or StoreRequest.Publish or StoreRequest.Drop ? _writes : _reads;
        lock (_gate)
        {
            if (failure is null)
                side.Reason = null;
            else
                Fail(side, failure);

            EndIfOver();
        }
    }

    /// <summary>Lets time pass: a trouble that nobody meets any more ends. Not concurrently.</summary>
    internal void Tick()
    {
        if (_store?.MustBeReopened is { } reason)
        {
            _store = null;
            LogStopped(reason);
            failures.OnFatalException(this, reason, null);
        }

        if (!_isTroubled)
            return;

        lock (_gate)
            EndIfOver();
    }

    private void Fail(Side side, string reason)
    {
        side.Reason = reason;
        _last = new StoreFailure(side.Name, reason, clock.GetUtcNow());
        long now = clock.GetTimestamp();
        side.FailedAt = now;
        _failures++;
        if (_isTroubled)
            return;

        _isTroubled = true;
        _since = now;
        LogFails(side.Name, reason);
    }

    private void EndIfOver()
    {
        if (!_isTroubled || !IsOver(_writes) || !IsOver(_reads))
            return;

        LogAnswersAgain(clock.GetElapsedTime(_since).TotalSeconds, _failures);
        _isTroubled = false;
        (_failures, _writes.Reason, _reads.Reason) = (0, null, null);
    }

    private bool IsOver(Side side) =>
        side.FailedAt is not { } failedAt || clock.GetElapsedTime(failedAt) >= (side.Reason is null ? QuietAfter : ForgottenAfter);

    private sealed class Side(string name)
    {
        internal string Name => name;
        internal string? Reason { get; set; }
        internal long? FailedAt { get; set; }
    }

    [LoggerMessage(LogEvents.StoreFails, LogLevel.Error, "the store fails {Requests}: {Reason}")]
    private partial void LogFails(string requests, string reason);

    [LoggerMessage(LogEvents.StoreStopped, LogLevel.Critical, "this silo ends, as its store has to be opened again: {Reason}")]
    private partial void LogStopped(string reason);

    [LoggerMessage(LogEvents.StoreAnswersAgain, LogLevel.Information,
        "the store answers again, after {Seconds:0.0} s with {Failures} failed requests")]
    private partial void LogAnswersAgain(double seconds, long failures);
}

/// <summary>A request that the store has failed: <c>reads</c> or <c>writes</c>, why, and when by this silo's clock.</summary>
internal sealed record StoreFailure(string Requests, string Reason, DateTimeOffset At);
