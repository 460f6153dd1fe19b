using System.Diagnostics;
using Microsoft.Extensions.Options;
using OrleansShards.Client.Connecting;
using OrleansShards.Client.Diagnostics;
using OrleansShards.Client.Routing;
using IClusterClient = OrleansShards.Client.Routing.IClusterClient;

namespace OrleansShards.Client.Requests;

/// <summary>
/// Hands requests to the router, a bounded number at a time, and guarantees that each ends: with its outcome, when the
/// client stops, or, if the router has failed, 2 s after its deadline.
/// </summary>
internal sealed class RequestTracker : IDisposable
{
    // A router ends each request within a tick of its deadline. If it is this late, a defect stopped it and the request is lost.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly LinkedList<PendingRequest> _pending = new();
    private readonly ClusterConnection _connection;
    private readonly ShardsClientMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly int _inFlightMax;
    private readonly SemaphoreSlim _slots;
    private readonly ITimer _watch;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationToken _closes;
    private bool _isClosed;

    public RequestTracker(
        ClusterConnection connection, ShardsClientMetrics metrics, IOptions<ShardsClientOptions> options, TimeProvider clock)
    {
        _metrics = metrics;
        _connection = connection;
        _closes = _closing.Token;
        _clock = clock;
        _inFlightMax = options.Value.InFlightMax;
        _slots = new SemaphoreSlim(_inFlightMax, _inFlightMax);
        _metrics.InFlight = () => _pending.Count;
        _watch = clock.CreateTimer(static tracker => ((RequestTracker)tracker!).AbandonLost(), this, Grace, Grace);
    }

    public void Dispose()
    {
        Close();
        _watch.Dispose();
        _slots.Dispose();
        _closing.Dispose();
    }

    /// <summary>The deadline includes the waits for a slot and for the connection. A request that was sent is not cancelled.</summary>
    internal Task<ClientOutcome> AskAsync(ClientRequest request, TimeSpan deadline, CancellationToken cancellationToken)
    {
        AskedRequest asked = new(request, _clock.GetTimestamp(), ClientSpans.Begin(request));
        return _closes.IsCancellationRequested ? Task.FromResult(Ended(asked, Stopped()))
            : !cancellationToken.IsCancellationRequested && _connection.Cluster is { } cluster && _slots.Wait(0, CancellationToken.None)
                ? Begin(cluster, asked, deadline, asked.At)
                : AskLaterAsync(asked, deadline, cancellationToken);
    }

    /// <summary>Drains: refuses new requests and those that wait for a slot, and waits for those in flight.</summary>
    internal async Task CloseAsync(CancellationToken cancellationToken)
    {
        Close();
        await _drained.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    internal void Abandon()
    {
        Close();
        foreach (PendingRequest request in Snapshot(static _ => true))
            request.Abandon(Stopped());
    }

    /// <returns>False if the request had ended before.</returns>
    internal bool Leave(PendingRequest request)
    {
        lock (_gate)
        {
            if (request.Place is not { } place)
                return false;

            _pending.Remove(place);
            request.Place = null;
            if (_isClosed && _pending.Count == 0)
                _drained.TrySetResult();
        }

        _slots.Release();
        return true;
    }

    /// <summary>Measures a request that has ended, and returns its outcome.</summary>
    internal ClientOutcome Ended(AskedRequest asked, ClientOutcome outcome)
    {
        _metrics.Ended(asked.Request, outcome, _clock.GetElapsedTime(asked.At));
        ClientSpans.End(asked.Span, outcome);
        return outcome;
    }

    private Task<ClientOutcome> Begin(IClusterClient cluster, AskedRequest asked, TimeSpan deadline, long now)
    {
        PendingRequest pending = new(this, cluster, asked, deadline, now);
        lock (_gate)
        {
            if (_isClosed)
            {
                _slots.Release();
                return Task.FromResult(Ended(asked, Stopped()));
            }

            pending.Place = _pending.AddLast(pending);
        }

        pending.Send();
        return pending.Task;
    }

    private async Task<ClientOutcome> AskLaterAsync(AskedRequest asked, TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await WaitAndBeginAsync(asked, deadline, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _metrics.Ended(asked.Request, null, _clock.GetElapsedTime(asked.At));
            ClientSpans.End(asked.Span, null);
            throw;
        }
    }

    private async Task<ClientOutcome> WaitAndBeginAsync(AskedRequest asked, TimeSpan deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IClusterClient cluster;
        try
        {
            cluster = await _connection.Connected.WaitAsync(deadline, _clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return Ended(asked, new ClientOutcome.NotApplied($"not connected to the cluster: {_connection.Obstacle}", null));
        }
        catch (ObjectDisposedException)
        {
            return Ended(asked, Stopped());
        }

        TimeSpan left = deadline - _clock.GetElapsedTime(asked.At);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closes);
        try
        {
            if (left <= TimeSpan.Zero || !await _slots.WaitAsync(left, either.Token).ConfigureAwait(false))
                return Ended(asked, new ClientOutcome.NotApplied($"{_inFlightMax} requests were in flight all the time", null));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Ended(asked, Stopped());
        }

        // The wait may be granted a slot and be cancelled at the same time; the caller has then seen the cancellation.
        left = deadline - _clock.GetElapsedTime(asked.At);
        if (left > TimeSpan.Zero && !cancellationToken.IsCancellationRequested)
            return await Begin(cluster, asked, left, _clock.GetTimestamp()).ConfigureAwait(false);

        _slots.Release();
        cancellationToken.ThrowIfCancellationRequested();
        return Ended(asked, new ClientOutcome.NotApplied($"{_inFlightMax} requests were in flight until the deadline", null));
    }

    private void AbandonLost()
    {
        foreach (PendingRequest request in Snapshot(one => _clock.GetElapsedTime(one.StartedAt) > one.Deadline + Grace))
            request.Abandon(new ClientOutcome.NotApplied("the router has not ended it in time", null));
    }

    private List<PendingRequest> Snapshot(Func<PendingRequest, bool> which)
    {
        lock (_gate)
            return [.. _pending.Where(which)];
    }

    private void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (_pending.Count == 0)
                _drained.TrySetResult();
        }

        if (!_closes.IsCancellationRequested)
            _closing.Cancel();
    }

    private static ClientOutcome.NotApplied Stopped() => new("the client was stopped", null) { MayHelpToRepeat = false };
}

/// <summary>A request, when its caller has asked for it, and its span, if it is traced.</summary>
internal readonly record struct AskedRequest(ClientRequest Request, long At, Activity? Span);

/// <summary>A request in flight. Continuations run in the pool, so that they do not hold up the router's turn.</summary>
internal sealed class PendingRequest(
    RequestTracker tracker, IClusterClient cluster, AskedRequest asked, TimeSpan deadline, long startedAt)
    : TaskCompletionSource<ClientOutcome>(TaskCreationOptions.RunContinuationsAsynchronously), ITracedReceiver
{
    public Activity? Span => asked.Span;

    internal LinkedListNode<PendingRequest>? Place { get; set; }

    internal TimeSpan Deadline => deadline;

    internal long StartedAt => startedAt;

    public void Completed(ClientOutcome outcome)
    {
        if (tracker.Leave(this))
            TrySetResult(tracker.Ended(asked, outcome));
    }

    internal void Send() => cluster.Post(() => cluster.Submit(asked.Request, deadline, this));

    /// <summary>Ends the request without an outcome from the router: as not applied if it changes nothing, else as unknown.</summary>
    internal void Abandon(ClientOutcome.NotApplied why) => Completed(asked.Request.HasEffect
        ? new ClientOutcome.Unknown($"{why.Text}: it took effect once, may still do so, or never will")
        : why);
}
