using Microsoft.Extensions.Options;
using OrleansShards.Client.Connecting;
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
    private readonly TimeProvider _clock;
    private readonly int _inFlightMax;
    private readonly SemaphoreSlim _slots;
    private readonly ITimer _watch;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationToken _closes;
    private bool _isClosed;

    public RequestTracker(ClusterConnection connection, IOptions<ShardsClientOptions> options, TimeProvider clock)
    {
        _connection = connection;
        _closes = _closing.Token;
        _clock = clock;
        _inFlightMax = options.Value.InFlightMax;
        _slots = new SemaphoreSlim(_inFlightMax, _inFlightMax);
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
    internal Task<ClientOutcome> AskAsync(ClientRequest request, TimeSpan deadline, CancellationToken cancellationToken) =>
        _closes.IsCancellationRequested ? Task.FromResult<ClientOutcome>(Stopped())
            : !cancellationToken.IsCancellationRequested && _connection.Cluster is { } cluster && _slots.Wait(0, CancellationToken.None)
                ? Begin(cluster, request, deadline)
                : AskLaterAsync(request, deadline, cancellationToken);

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

    private Task<ClientOutcome> Begin(IClusterClient cluster, ClientRequest request, TimeSpan deadline)
    {
        PendingRequest pending = new(this, cluster, request, deadline, _clock.GetTimestamp());
        lock (_gate)
        {
            if (_isClosed)
            {
                _slots.Release();
                return Task.FromResult<ClientOutcome>(Stopped());
            }

            pending.Place = _pending.AddLast(pending);
        }

        pending.Send();
        return pending.Task;
    }

    private async Task<ClientOutcome> AskLaterAsync(
        ClientRequest request, TimeSpan deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long startedAt = _clock.GetTimestamp();
        IClusterClient cluster;
        try
        {
            cluster = await _connection.Connected.WaitAsync(deadline, _clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new ClientOutcome.NotApplied($"not connected to the cluster: {_connection.Obstacle}", null);
        }
        catch (ObjectDisposedException)
        {
            return Stopped();
        }

        TimeSpan left = deadline - _clock.GetElapsedTime(startedAt);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closes);
        try
        {
            if (left <= TimeSpan.Zero || !await _slots.WaitAsync(left, either.Token).ConfigureAwait(false))
                return new ClientOutcome.NotApplied($"{_inFlightMax} requests were in flight all the time", null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Stopped();
        }

        // The wait may be granted a slot and be cancelled at the same time; the caller has then seen the cancellation.
        left = deadline - _clock.GetElapsedTime(startedAt);
        if (left > TimeSpan.Zero && !cancellationToken.IsCancellationRequested)
            return await Begin(cluster, request, left).ConfigureAwait(false);

        _slots.Release();
        cancellationToken.ThrowIfCancellationRequested();
        return new ClientOutcome.NotApplied($"{_inFlightMax} requests were in flight until the deadline", null);
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

/// <summary>A request in flight. Continuations run in the pool, so that they do not hold up the router's thread.</summary>
internal sealed class PendingRequest(
    RequestTracker tracker, IClusterClient cluster, ClientRequest request, TimeSpan deadline, long startedAt)
    : TaskCompletionSource<ClientOutcome>(TaskCreationOptions.RunContinuationsAsynchronously), IOutcomeReceiver
{
    internal LinkedListNode<PendingRequest>? Place { get; set; }

    internal TimeSpan Deadline => deadline;

    internal long StartedAt => startedAt;

    public void Completed(ClientOutcome outcome)
    {
        if (tracker.Leave(this))
            TrySetResult(outcome);
    }

    internal void Send() => cluster.Post(() => cluster.Submit(request, deadline, this));

    /// <summary>Ends the request without an outcome from the router: as not applied if it changes nothing, else as unknown.</summary>
    internal void Abandon(ClientOutcome.NotApplied why) => Completed(request.HasEffect
        ? new ClientOutcome.Unknown($"{why.Text}: it took effect once, may still do so, or never will")
        : why);
}
