using System.Diagnostics;
using OrleansShards.Client.Diagnostics;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Client.Routing;

/// <summary>
/// Runs a router in turns, one at a time: a turn takes all incoming events, steps the router until none is left, and flushes it. Turns
/// run in the pool, behind what waits there: callers that have just been answered ask again first, and the next turn has all they want. A
/// thread of its own keeps time, and takes the turn that the pool has not taken within a tick. A router whose step throws is replaced by
/// a new one, and its requests end as unknown. Where none can be created, requests are answered at once, and every tick tries again. A
/// defect of a router or a caller never ends the turns: callers that post to a host that has ended would wait for ever.
/// </summary>
internal sealed class RouterHost : IAsyncDisposable, IThreadPoolWorkItem
{
    private readonly RouterHostOptions _options;
    private readonly TurnQueue<Turn> _incoming = new();
    private readonly Queue<Event> _waiting = new();
    private readonly Dictionary<ulong, IOutcomeReceiver> _receivers = [];
    private readonly List<Effect> _effects = [];
    private readonly List<Effect.Call> _batch = [];
    private readonly long _startedAt;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private INode? _router;
    private FrontChannel? _front;
    private string _failure = "";
    private Incarnation _run;
    private Instant _now;
    private ulong _tickets;
    private volatile bool _isStopping;

    public RouterHost(RouterHostOptions options)
    {
        _options = options;
        _startedAt = options.Clock.GetTimestamp();
        _run = Runs.Draw();
        _router = options.CreateRouter(_run);
        _waiting.Enqueue(Event.Started.Instance);
        new Thread(KeepTime) { IsBackground = true, Name = "router" }.Start();
    }

    /// <summary>Runs something in a turn; never inline. Thread-safe.</summary>
    public void Post(Action turn) => Add(new Turn(null, default, turn));

    /// <summary>Hands a request to the router; the receiver gets one outcome. In a turn only.</summary>
    public void Submit(Message request, TimeSpan deadline, IOutcomeReceiver receiver)
    {
        if (_router is null)
        {
            // Not inline: a receiver is called after this method has returned.
            Post(() => receiver.Completed(new ClientOutcome.NotApplied($"the router has failed, nothing was sent: {_failure}", null)));
            return;
        }

        ulong ticket = ++_tickets;
        _receivers.Add(ticket, receiver);
        _waiting.Enqueue(new Event.Submitted(ticket, request, deadline));
    }

    /// <summary>Passes a master's notice to the router. In a turn only.</summary>
    public void OnNotice(Message notice) => _waiting.Enqueue(new Event.Published(notice));

    /// <summary>Takes no turn after the one under way; open requests get no outcome.</summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        Post(static () => { });
        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>The pool has come to the turn that it was asked for, or to one that was taken meanwhile.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (_incoming.TryBegin())
            TakeTurn();
    }

    private void Add(Turn turn)
    {
        if (_incoming.Add(turn))
            _options.Ask(this);
    }

    private void KeepTime()
    {
        do
        {
            if (_incoming.Tick())
                TakeTurn();
        }
        while (!((IAsyncResult)_ended.Task).AsyncWaitHandle.WaitOne(_options.TickInterval));
    }

    private void TakeTurn()
    {
        try
        {
            if (_isStopping)
            {
                _ended.SetResult();
                return;
            }

            TakeAll();
            if (_incoming.End(_waiting.Count > 0))
                _options.Ask(this);
        }
        catch (Exception defect)
        {
            // Of the host itself: routers and callers are guarded where they are called.
            _options.Report($"the router's turns have ended: {defect}");
            _ended.TrySetException(defect);
        }
    }

    private void TakeAll()
    {
        _now = new Instant(_options.Clock.GetElapsedTime(_startedAt));
        List<Turn> turns = _incoming.TakeAll(out bool isTick);
        foreach (Turn turn in turns)
            Take(turn);

        if (isTick)
        {
            if (_router is null)
                Create();

            _waiting.Enqueue(Event.Tick.Instance);
        }

        while (_waiting.TryDequeue(out Event? happened))
            Step(happened);

        Step(Event.Flush.Instance);
        SendBatch();
    }

    /// <summary>
    /// What the turn has for shards goes by one call of a front. A request that is alone goes to its shard at once, which saves the hop.
    /// </summary>
    private void SendBatch()
    {
        if (_batch.Count == 0)
            return;

        IShardFront? front = _receivers.Count == 1 && _batch.Count == 1 ? null : _options.Front(_run);
        if (front is null)
        {
            foreach (Effect.Call call in _batch)
                _ = CallAsync(_run, call, null);
        }
        else
        {
            if (_front?.Front != front)
                _front = ChannelTo(front, _run);

            _front.Send(_batch);
        }

        _batch.Clear();
    }

    private FrontChannel ChannelTo(IShardFront front, Incarnation run) => new(front, events => Post(() =>
    {
        foreach (Event happened in events)
            Take(new Turn(happened, run, null));
    }));

    private void Take(Turn turn)
    {
        if (turn.Action is { } action)
            Invoke(action);
        else if (turn.Run == _run)
            _waiting.Enqueue(turn.Happened!);
    }

    private void Step(Event happened)
    {
        if (_router is not { } router)
            return;

        _effects.Clear();
        try
        {
            router.Step(_now, happened, _effects);
        }
        catch (Exception defect)
        {
            // The effects of a failed step are discarded, so nothing that it promised was sent.
            _options.Report($"{router.Address} is stopped: {defect}");
            Replace();
            return;
        }

        foreach (Effect effect in _effects)
            CarryOut(effect);
    }

    private void Replace()
    {
        IOutcomeReceiver[] left = [.. _receivers.Values];
        _receivers.Clear();
        _waiting.Clear();
        Create();
        foreach (IOutcomeReceiver receiver in left)
            Complete(receiver, new ClientOutcome.Unknown("the router has failed; the request may have taken effect"));
    }

    /// <summary>
    /// Creates a router and steps it once, or leaves none. The first step is taken here, not queued: a router that always fails
    /// in it would otherwise be replaced in an endless loop, and nobody would be answered.
    /// </summary>
    private void Create()
    {
        _run = Runs.Draw();
        _router = null;
        _front = null;
        _batch.Clear();
        _effects.Clear();
        try
        {
            INode router = _options.CreateRouter(_run);
            router.Step(_now, Event.Started.Instance, _effects);
            _router = router;
        }
        catch (Exception defect)
        {
            // Once, not with every tick.
            if (_failure != defect.Message)
                _options.Report($"no router can be started, trying again every {_options.TickInterval.TotalMilliseconds} ms: {defect}");

            _failure = defect.Message;
            return;
        }

        foreach (Effect effect in _effects)
            CarryOut(effect);
    }

    /// <summary>A defect of the caller is reported, and holds up neither turns nor other requests.</summary>
    private void Complete(IOutcomeReceiver receiver, ClientOutcome outcome)
    {
        try
        {
            receiver.Completed(outcome);
        }
        catch (Exception defect)
        {
            _options.Report($"the receiver of an outcome has failed: {defect}");
        }
    }

    private void Invoke(Action action)
    {
        try
        {
            action();
        }
        catch (Exception defect)
        {
            _options.Report($"an action in a router's turn has failed: {defect}");
        }
    }

    private void CarryOut(Effect effect)
    {
        switch (effect)
        {
            case Effect.Call call:
                Activity? span = SpanOf(call);
                if (call.Request is KeyRequest && span is null)
                    _batch.Add(call);
                else
                    _ = CallAsync(_run, call, span);

                break;
            case Effect.Complete complete when _receivers.Remove(complete.Ticket, out IOutcomeReceiver? receiver):
                Complete(receiver, (ClientOutcome)complete.Outcome);
                break;
            case Effect.Alarm alarm:
                _options.Report(alarm.Text);
                break;
        }
    }

    private Activity? SpanOf(Effect.Call call) =>
        ClientSpans.HasListeners && _receivers.TryGetValue(call.Ticket, out IOutcomeReceiver? receiver)
            ? (receiver as ITracedReceiver)?.Span
            : null;

    /// <summary>Never throws: a failure of the call becomes an event.</summary>
    private async Task CallAsync(Incarnation run, Effect.Call call, Activity? request)
    {
        Activity? attempt = ClientSpans.BeginAttempt(request, call.To, call.Request);
        Event ended;
        try
        {
            ended = new Event.Answered(call.Id, await _options.Call(call.To, call.Request).ConfigureAwait(false));
            ClientSpans.EndAttempt(attempt, null);
        }
        catch (Exception failure)
        {
            // After any other exception the call may have been sent and executed.
            bool isSent = failure is not (ArgumentException or NotSentException);
            ended = new Event.CallFailed(call.Id, isSent, failure.Message);
            ClientSpans.EndAttempt(attempt, failure.GetType().FullName);
        }

        Add(new Turn(ended, run, null));
    }

    /// <summary>An event for one run of the router, or an action; a struct, because there is one for every answer.</summary>
    private readonly record struct Turn(Event? Happened, Incarnation Run, Action? Action);
}

internal sealed record RouterHostOptions
{
    public required Func<Incarnation, INode> CreateRouter { get; init; }

    /// <summary>
    /// Calls a node. An <see cref="ArgumentException"/> or a <see cref="NotSentException"/> means that the call was never sent;
    /// after any other failure it may have been executed.
    /// </summary>
    public required Func<NodeAddress, Message, Task<Message>> Call { get; init; }

    /// <summary>
    /// The front for a run of the router; null where each request to a shard is a call of its own. Called in a turn.
    /// </summary>
    public Func<Incarnation, IShardFront?> Front { get; init; } = static _ => null;

    /// <summary>Asks for a turn, which comes later and on any thread; the pool, unless set.</summary>
    public Action<IThreadPoolWorkItem> Ask { get; init; } = static host => ThreadPool.UnsafeQueueUserWorkItem(host, preferLocal: false);

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Reports alarms and defects; called in a turn.</summary>
    public Action<string> Report { get; init; } = static _ => { };

    /// <summary>
    /// How long time stands still at most, and how long a turn waits for the pool. The default meets deadlines of 900 ms to about one
    /// percent.
    /// </summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromMilliseconds(10);
}

/// <summary>A receiver whose request is traced.</summary>
internal interface ITracedReceiver : IOutcomeReceiver
{
    /// <summary>The request's span; null where this request is not traced.</summary>
    Activity? Span { get; }
}

/// <summary>A call has not left this process, so it was not executed; the text says why.</summary>
internal sealed class NotSentException(string text) : Exception(text);
