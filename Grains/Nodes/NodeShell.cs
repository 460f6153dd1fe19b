using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Interfaces.Wire;

namespace OrleansShards.Grains.Nodes;

/// <summary>
/// Runs one node in a grain: each event goes through <see cref="INode.Step"/>, the effects are carried out in order, and their results
/// come back as events. Everything runs in turns of the grain, so never concurrently.
/// </summary>
/// <remarks>
/// After a step a flush is queued behind all turns that already wait, so that what they propose becomes one record (group commit). A step
/// that throws stops the node: open calls fail, and another activation takes its place.
/// </remarks>
internal sealed partial class NodeShell(INode node, ShellContext context)
{
    // A node answers calls without regard to who calls.
    private static readonly NodeAddress Caller = NodeAddress.OfClient("caller");

    private readonly ILogger _logger = context.Logger;
    private readonly long _startedAt = context.Clock.GetTimestamp();
    private readonly Incarnation _callers = Runs.Draw();
    private readonly Dictionary<ulong, IOpenCall> _open = [];
    private readonly Queue<Happening> _events = new();
    private readonly List<Effect> _effects = [];
    private readonly Lock _posts = new();
    private List<Posted> _posted = [];
    private List<Posted> _taken = [];
    private TaskScheduler _turns = TaskScheduler.Default;
    private bool _isPostComing;
    private bool _hasEnded;
    private ulong _calls;
    private long _noticesSeen;
    private Happening _under;
    private bool _isStepping;
    private bool _flushIsDue;
    private bool _flushIsComing;
    private Exception? _fault;

    /// <summary>The node, to read from only.</summary>
    internal INode Node => node;

    /// <summary>Whether a request was posted since this was last set to false.</summary>
    internal bool HasTakenPosts { get; set; }

    internal void Start()
    {
        _turns = TaskScheduler.Current;
        Process(Event.Started.Instance);
        Tick();
    }

    /// <summary>Lets time pass, and tells the node of the newest notice if that is new to it.</summary>
    internal void Tick()
    {
        if (context.Notices.Newest(ref _noticesSeen) is { } notice)
            Process(new Event.Published(notice));

        Process(new Event.Tick(context.Clock.GetUtcNow()));
    }

    /// <summary>Tells the node something of its host.</summary>
    internal void Tell(Event news) => Process(news);

    /// <summary>Asks the node. The task ends with its answer, or with a <see cref="NodeStoppedException"/>.</summary>
    /// <exception cref="MalformedMessageException">This release does not understand the request.</exception>
    internal Task<TReply> Ask<TReply>(Message request)
        where TReply : Message
    {
        if (_fault is not null)
            return Task.FromException<TReply>(new NodeStoppedException(StopReason()));

        MessageCheck.Whole(request);
        CallId call = new(_callers, ++_calls);
        Activity? span = ShardsSpans.Begin(request, node.Address, out Activity? caller);
        OpenCall<TReply> open = new(request, span);
        _open.Add(call.Number, open);
        Process(new Event.Called(call, Caller, request));
        if (span is not null)
            Activity.Current = caller;

        return open.Task;
    }

    /// <summary>
    /// Asks the node without a call of its grain: all that is posted until the grain's next turn is one turn. The sink is told of the
    /// answer, or that there is none, in a turn of this grain. The request has been checked. Thread-safe.
    /// </summary>
    internal void Post(Message request, IAnswerSink sink, ulong number)
    {
        lock (_posts)
        {
            if (!_hasEnded)
            {
                _posted.Add(new Posted(request, sink, number));
                if (_isPostComing)
                    return;

                _isPostComing = true;
                if (TryTakePostsSoon())
                    return;

                _isPostComing = false;
                _posted.Clear();
            }
        }

        sink.Answered(number, null, StopReason());
    }

    // The scheduler of a grain that is ending may take no turn. What is posted is one request then: others have been answered.
    private bool TryTakePostsSoon()
    {
        try
        {
            _ = Task.Factory.StartNew(
                static shell => ((NodeShell)shell!).TakePosts(), this, CancellationToken.None, TaskCreationOptions.None, _turns);
            return true;
        }
        catch (TaskSchedulerException)
        {
            return false;
        }
    }

    /// <summary>Refuses further calls and fails the open ones.</summary>
    internal void End()
    {
        Fail(new NodeStoppedException(StopReason()));
        lock (_posts)
            _hasEnded = true;

        TakePosts();
    }

    private void TakePosts()
    {
        // The context is that of whoever has posted the first of them.
        ShardsSpans.Detach();
        lock (_posts)
        {
            _isPostComing = false;
            (_taken, _posted) = (_posted, _taken);
        }

        HasTakenPosts = true;
        foreach (Posted post in _taken)
        {
            if (_fault is not null)
            {
                post.Sink.Answered(post.Number, null, StopReason());
                continue;
            }

            CallId call = new(_callers, ++_calls);
            _open.Add(call.Number, new PostedCall(post, ShardsSpans.Begin(post.Request, node.Address, out Activity? caller)));
            if (caller is not null)
                Activity.Current = caller;

            _events.Enqueue(new Happening(new Event.Called(call, Caller, post.Request), null, 0));
        }

        _taken.Clear();

        // What was posted is one turn already: it waits for no other.
        Process(Event.Flush.Instance);
    }

    private void Process(Event happened) => Process(new Happening(happened, null, 0));

    private void Process(Happening happened)
    {
        _events.Enqueue(happened);
        if (_isStepping)
            return;

        _isStepping = true;
        try
        {
            while (_fault is null && _events.TryDequeue(out Happening next))
            {
                _under = next;
                Step(next.Event);
            }
        }
        finally
        {
            _isStepping = false;
            _ = FlushSoonAsync();
        }
    }

    private void Step(Event happened)
    {
        _effects.Clear();
        try
        {
            node.Step(new Instant(context.Clock.GetElapsedTime(_startedAt)), happened, _effects);
        }
        catch (Exception defect)
        {
            // The step has not ended, so none of its effects is carried out and nothing has been promised.
            Stop(defect);
            return;
        }

        _flushIsDue = happened is not Event.Flush;
        try
        {
            foreach (Effect effect in _effects)
                CarryOut(effect);
        }
        catch (Exception defect)
        {
            // The rest of the effects is lost, and the node would wait for their results for ever.
            Stop(defect);
        }
    }

    private void Stop(Exception defect)
    {
        LogStopped(defect, node.Address);
        Fail(defect);
        context.OnFailed();
    }

    private void CarryOut(Effect effect)
    {
        switch (effect)
        {
            case Effect.Store store:
                _ = StoreAsync(store);
                break;
            case Effect.Call call:
                _ = CallAsync(call);
                break;
            case Effect.Answer answer when _open.Remove(answer.Id.Number, out IOpenCall? call):
                Answer(call, answer.Reply);
                break;
            case Effect.Publish publish:
                context.Publish(publish.Notice);
                break;
            case Effect.Alarm alarm:
                LogAlarm(node.Address, alarm.Text);
                break;
        }
    }

    private void Answer(IOpenCall call, Message reply)
    {
        context.Metrics.Answered(call.Request, reply, call.StartedAt);
        if (call.Span is { } span)
        {
            if (_under.Cause is { } cause)
                ShardsSpans.Settled(span, call.StartedAt, cause, _under.CauseAskedAt);

            ShardsSpans.End(span, reply);
        }

        call.Answer(reply);
    }

    // Never fails and always ends: the runner turns every failure, and its deadline, into a completion.
    private async Task StoreAsync(Effect.Store effect)
    {
        ShardsSpans.Detach();
        long startedAt = Stopwatch.GetTimestamp();
        StoreCompletion completion = await context.Store.RunAsync(effect.Request);
        context.Metrics.Stored(effect.Request, completion, startedAt);
        context.StoreWatch.Completed(effect.Request, completion);
        Process(new Happening(new Event.Stored(completion), effect.Request, startedAt));
    }

    // Never fails: a failure of the call is an event.
    private async Task CallAsync(Effect.Call call)
    {
        Event ended;
        try
        {
            ended = new Event.Answered(call.Id, await context.Calls.CallAsync(call.To, call.Request));
        }
        catch (Exception failure)
        {
            // Only a request that was refused here is certain not to have been sent.
            ended = new Event.CallFailed(call.Id, failure is not ArgumentException, failure.Message);
        }

        ShardsSpans.Detach();
        Process(ended);
    }

    private async Task FlushSoonAsync()
    {
        if (!_flushIsDue || _flushIsComing || _fault is not null)
            return;

        // The continuation runs behind every turn that already waits for this grain.
        _flushIsComing = true;
        ShardsSpans.Detach();
        await Task.Yield();
        _flushIsComing = false;
        _flushIsDue = false;
        Process(Event.Flush.Instance);
    }

    private void Fail(Exception reason)
    {
        _fault ??= reason;
        foreach (IOpenCall call in _open.Values)
        {
            context.Metrics.Answered(call.Request, null, call.StartedAt);
            if (call.Span is { } span)
                ShardsSpans.End(span, null);

            call.SetException(new NodeStoppedException(StopReason()));
        }

        _open.Clear();
    }

    private string StopReason() => _fault is null or NodeStoppedException
        ? $"{node.Address} is being stopped here"
        : $"{node.Address} has failed and is being restarted: {_fault.Message}";

    /// <summary>An event; where it is the completion of a request to the store, that, and when it was sent.</summary>
    private readonly record struct Happening(Event Event, StoreRequest? Cause, long CauseAskedAt);

    private interface IOpenCall
    {
        Message Request { get; }
        Activity? Span { get; }
        long StartedAt { get; }
        void Answer(Message reply);
        void SetException(Exception reason);
    }

    private readonly record struct Posted(Message Request, IAnswerSink Sink, ulong Number);

    private sealed class PostedCall(Posted post, Activity? span) : IOpenCall
    {
        public Message Request => post.Request;
        public Activity? Span { get; } = span;
        public long StartedAt { get; } = Stopwatch.GetTimestamp();
        public void Answer(Message reply) => post.Sink.Answered(post.Number, reply, null);
        public void SetException(Exception reason) => post.Sink.Answered(post.Number, null, reason.Message);
    }

    // It is the completion source of the task that the grain's method returns: one object per call.
    private sealed class OpenCall<TReply>(Message request, Activity? span) : TaskCompletionSource<TReply>, IOpenCall
        where TReply : Message
    {
        public Message Request { get; } = request;
        public Activity? Span { get; } = span;
        public long StartedAt { get; } = Stopwatch.GetTimestamp();

        public void Answer(Message reply)
        {
            if (reply is TReply answer)
            {
                SetResult(answer);
            }
            else
            {
                SetException(new InvalidOperationException(
                    $"{Request.GetType().Name} was answered with {reply.GetType().Name}; expected a {typeof(TReply).Name}"));
            }
        }
    }

    [LoggerMessage(LogEvents.NodeStopped, LogLevel.Error, "{Node} has stopped after a fault; another activation takes its place")]
    private partial void LogStopped(Exception defect, NodeAddress node);

    [LoggerMessage(LogEvents.NodeAlarm, LogLevel.Error, "{Node}: {Alarm}")]
    private partial void LogAlarm(NodeAddress node, string alarm);
}

/// <summary>What a node's shell needs from its silo and its grain.</summary>
internal sealed record ShellContext
{
    internal required StoreRunner Store { get; init; }
    internal required GrainCalls Calls { get; init; }
    internal required NotificationHub Notices { get; init; }
    internal required ShardsMetrics Metrics { get; init; }
    internal required StoreWatch StoreWatch { get; init; }
    internal required TimeProvider Clock { get; init; }
    internal required ILogger Logger { get; init; }

    /// <summary>Tells the subscribers what the node publishes.</summary>
    internal required Action<Message> Publish { get; init; }

    /// <summary>The node has failed: its activation must end.</summary>
    internal required Action OnFailed { get; init; }
}

/// <summary>The called activation stops, or its node has failed. The outcome is unknown; another activation answers a retry.</summary>
[GenerateSerializer, Alias("OrleansShards.NodeStopped")]
internal sealed class NodeStoppedException(string text) : Exception(text);
