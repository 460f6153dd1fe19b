using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Interfaces.Wire;

namespace OrleansShards.Grains.Nodes;

/// <summary>
/// Runs one node in a grain: every event goes through <see cref="INode.Step"/>, the effects are carried out in their
/// order, and what comes of them comes back as events. All of it in turns of the grain, so never at the same time.
/// </summary>
/// <remarks>
/// A flush follows all the turns that are waiting when a step was made: whatever they propose becomes one record. A
/// step that throws stops the node: who waits for an answer gets an exception, and another activation takes its place.
/// </remarks>
internal sealed partial class NodeShell
{
    // Nodes answer calls; who calls is nothing to them.
    private static readonly NodeAddress Caller = NodeAddress.OfClient("caller");

    private readonly INode _node;
    private readonly ILogger _logger;
    private readonly ShellContext _context;
    private readonly Incarnation _callers = Runs.Draw();
    private readonly long _startedAt;
    private readonly Dictionary<ulong, IOpenCall> _open = [];
    private readonly Queue<Event> _events = new();
    private readonly List<Effect> _effects = [];
    private ulong _calls;
    private long _heard;
    private bool _isStepping;
    private bool _flushIsDue;
    private bool _flushIsComing;
    private Exception? _fault;

    /// <summary>A node that has not started.</summary>
    internal NodeShell(INode node, ShellContext context)
    {
        _node = node;
        _logger = context.Logger;
        _context = context;
        _startedAt = context.Clock.GetTimestamp();
    }

    /// <summary>The node; to be looked at only.</summary>
    internal INode Node => _node;

    /// <summary>Starts the node.</summary>
    internal void Start() => Take(Event.Started.Instance);

    /// <summary>Lets time pass, and tells of the newest notice if there is one.</summary>
    internal void Tick()
    {
        if (_context.Notices.Newest(ref _heard) is { } notice)
            Take(new Event.Published(notice));

        Take(Event.Tick.Instance);
    }

    /// <summary>Asks the node; the task ends with its answer.</summary>
    /// <typeparam name="TReply">What nodes of this kind answer.</typeparam>
    /// <exception cref="MalformedMessageException">The request is none that this release understands.</exception>
    internal Task<TReply> Ask<TReply>(Message request)
        where TReply : Message
    {
        if (_fault is not null)
            return Task.FromException<TReply>(new NodeStoppedException(Stopped()));

        MessageCheck.Whole(request);
        CallId call = new(_callers, ++_calls);
        OpenCall<TReply> open = new(request);
        _open.Add(call.Number, open);
        Take(new Event.Called(call, Caller, request));
        return open.Task;
    }

    /// <summary>Takes no more calls; those that are open fail.</summary>
    internal void End() => Fail(new NodeStoppedException(Stopped()));

    private void Take(Event happened)
    {
        _events.Enqueue(happened);
        if (_isStepping)
            return;

        _isStepping = true;
        try
        {
            while (_fault is null && _events.TryDequeue(out Event? next))
                Step(next);
        }
        finally
        {
            _isStepping = false;
            FlushSoon();
        }
    }

    private void Step(Event happened)
    {
        _effects.Clear();
        try
        {
            _node.Step(new Instant(_context.Clock.GetElapsedTime(_startedAt)), happened, _effects);
        }
        catch (Exception defect)
        {
            // The effects of a step that has not ended are not carried out: nothing that it would have promised was.
            LogStopped(defect, _node.Address);
            Fail(defect);
            _context.Stopped();
            return;
        }

        _flushIsDue |= happened is not Event.Flush;
        foreach (Effect effect in _effects)
            CarryOut(effect);
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
                _context.Publish(publish.Notice);
                break;
            case Effect.Alarm alarm:
                LogAlarm(_node.Address, alarm.Text);
                break;
        }
    }

    private void Answer(IOpenCall call, Message reply)
    {
        _context.Metrics.Answered(call.Request, reply, call.StartedAt);
        call.Answer(reply);
    }

    /// <summary>Never fails: the runner makes a completion of every failure.</summary>
    private async Task StoreAsync(Effect.Store effect)
    {
        long startedAt = Stopwatch.GetTimestamp();
        StoreCompletion completion = await _context.Store.RunAsync(effect.Request);
        _context.Metrics.Stored(effect.Request, completion, startedAt);
        Take(new Event.Stored(completion));
    }

    /// <summary>Never fails: whatever goes wrong in the call is an event.</summary>
    private async Task CallAsync(Effect.Call call)
    {
        Event ended;
        try
        {
            ended = new Event.Answered(call.Id, await _context.Calls.CallAsync(call.To, call.Request));
        }
        catch (Exception failure)
        {
            // Only an argument that was refused here is certain not to have been sent.
            ended = new Event.CallFailed(call.Id, failure is not ArgumentException, failure.Message);
        }

        Take(ended);
    }

    private void FlushSoon()
    {
        if (_flushIsDue && !_flushIsComing && _fault is null)
        {
            _flushIsComing = true;
            _ = FlushAsync();
        }
    }

    /// <summary>Behind every turn that waits for this grain already.</summary>
    private async Task FlushAsync()
    {
        await Task.Yield();
        _flushIsComing = false;
        _flushIsDue = false;
        Take(Event.Flush.Instance);
    }

    private void Fail(Exception reason)
    {
        _fault ??= reason;
        foreach (IOpenCall call in _open.Values)
        {
            _context.Metrics.Answered(call.Request, null, call.StartedAt);
            call.SetException(new NodeStoppedException(Stopped()));
        }

        _open.Clear();
    }

    private string Stopped() => _fault is null or NodeStoppedException
        ? $"{_node.Address} is being stopped here"
        : $"{_node.Address} has failed and is being started again: {_fault.Message}";

    private interface IOpenCall
    {
        Message Request { get; }

        long StartedAt { get; }

        void Answer(Message reply);

        void SetException(Exception reason);
    }

    /// <summary>A call that waits for its answer: the task that the grain's method returns.</summary>
    private sealed class OpenCall<TReply>(Message request) : TaskCompletionSource<TReply>, IOpenCall
        where TReply : Message
    {
        public Message Request { get; } = request;

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
                    $"{Request.GetType().Name} was answered with {reply.GetType().Name}, which is no {typeof(TReply).Name}"));
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "{Node} is stopped after a fault; another run takes its place")]
    private partial void LogStopped(Exception defect, NodeAddress node);

    [LoggerMessage(LogLevel.Error, "{Node}: {Alarm}")]
    private partial void LogAlarm(NodeAddress node, string alarm);
}
