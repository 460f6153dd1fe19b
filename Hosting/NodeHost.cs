using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;

namespace OrleansShards.Hosting;

/// <summary>
/// Runs nodes in this process, all on one thread: takes what has come, steps the nodes until nothing is left to do,
/// flushes them, waits for more. What happens between two waits is one turn, and all that a turn proposes to a log
/// becomes one record.
/// </summary>
public sealed class NodeHost : IAsyncDisposable
{
    private readonly NodeHostOptions _options;
    private readonly StoreRunner? _store;
    private readonly TurnQueue<Turn> _incoming = new();
    private readonly Queue<(HostedNode Node, Event Happened)> _local = new();
    private readonly Dictionary<NodeAddress, HostedNode> _nodes = [];
    private readonly Dictionary<Incarnation, HostedNode> _runs = [];
    private readonly Dictionary<ulong, IOutcomeReceiver> _receivers = [];
    private readonly List<HostedNode> _stepped = [];
    private readonly List<Effect> _effects = [];
    private readonly long _startedAt;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Instant _now;
    private Instant _tickedAt;
    private ulong _tickets;
    private volatile bool _isStopping;

    /// <summary>A host that runs its loop from now on.</summary>
    /// <param name="store">
    /// Where the nodes' logs live; not disposed of by the host. Null for nodes without logs: routers.
    /// </param>
    /// <param name="options">What it needs.</param>
    public NodeHost(ILogStore? store, NodeHostOptions options)
    {
        _options = options;
        _store = store is null ? null : new StoreRunner(store);
        _startedAt = options.Clock.GetTimestamp();
        _thread = new Thread(Run) { IsBackground = true, Name = "nodes" };
        _thread.Start();
    }

    /// <summary>Runs something on the loop's thread; never inline. Thread-safe.</summary>
    public void Post(Action turn) => _incoming.Add(new Turn(null, null, turn));

    /// <summary>Makes sure that the node runs. Loop's thread only.</summary>
    /// <returns>False where there is no such node.</returns>
    public bool Start(NodeAddress address) => Find(address) is not null;

    /// <summary>Hands a request to a client's router. Loop's thread only.</summary>
    /// <param name="router">The router's address.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="deadline">How long may be tried.</param>
    /// <param name="receiver">Hears the outcome exactly once.</param>
    public void Submit(NodeAddress router, Message request, TimeSpan deadline, IOutcomeReceiver receiver)
    {
        HostedNode node = Find(router) ?? throw new ArgumentException($"there is no {router}", nameof(router));
        ulong ticket = ++_tickets;
        _receivers.Add(ticket, receiver);
        _local.Enqueue((node, new Event.Submitted(ticket, request, deadline)));
    }

    /// <summary>Tells every node of a notice that was published elsewhere. Loop's thread only.</summary>
    public void Hear(Message notice) => Publish(notice);

    /// <summary>Stops the loop after what is under way in it; requests without an outcome get none.</summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        Post(static () => { });
        await _ended.Task.ConfigureAwait(false);
    }

    private void Run()
    {
        try
        {
            while (!_isStopping)
            {
                TakeTurn();
            }

            _ended.SetResult();
        }
        catch (Exception defect)
        {
            _options.Report($"the host's loop has ended: {defect}");
            _ended.SetException(defect);
        }
    }

    private void TakeTurn()
    {
        List<Turn> turns = _incoming.TakeAll(_local.Count > 0 ? TimeSpan.Zero : _options.TickInterval);
        _now = new Instant(_options.Clock.GetElapsedTime(_startedAt));
        foreach (Turn turn in turns)
        {
            Take(turn);
        }

        if (_now - _tickedAt >= _options.TickInterval)
        {
            TickAll();
        }

        StepAll();
        FlushAll();
    }

    private void Take(Turn turn)
    {
        if (turn.Action is { } action)
        {
            action();
        }
        else if (turn.Node is { FailedAt: null } node)
        {
            _local.Enqueue((node, turn.Happened!));
        }
    }

    private void TickAll()
    {
        _tickedAt = _now;
        foreach (HostedNode node in _nodes.Values.ToArray())
        {
            if (node.FailedAt is { } failedAt)
            {
                RestartWhenDue(node, failedAt);
            }
            else
            {
                _local.Enqueue((node, Event.Tick.Instance));
            }
        }
    }

    private void RestartWhenDue(HostedNode node, Instant failedAt)
    {
        if (_now - failedAt >= _options.RestartAfter)
        {
            _runs.Remove(node.Run);
            _nodes.Remove(node.Node.Address);
            Find(node.Node.Address);
        }
    }

    private void StepAll()
    {
        while (_local.TryDequeue(out (HostedNode Node, Event Happened) next))
        {
            if (next.Node.FailedAt is null)
            {
                Step(next.Node, next.Happened);
                MarkForFlush(next.Node);
            }
        }
    }

    private void MarkForFlush(HostedNode node)
    {
        if (!node.NeedsFlush)
        {
            node.NeedsFlush = true;
            _stepped.Add(node);
        }
    }

    private void FlushAll()
    {
        foreach (HostedNode node in _stepped)
        {
            node.NeedsFlush = false;
            if (node.FailedAt is null)
            {
                Step(node, Event.Flush.Instance);
            }
        }

        _stepped.Clear();
    }

    private void Step(HostedNode node, Event happened)
    {
        _effects.Clear();
        try
        {
            node.Node.Step(_now, happened, _effects);
        }
        catch (Exception defect)
        {
            // The effects of a step that has not ended are not carried out: nothing that it would have promised was.
            node.FailedAt = _now;
            _options.Report($"{node.Node.Address} is stopped: {defect}");
            AnswerForFailed(node, happened);
            return;
        }

        foreach (Effect effect in _effects)
        {
            CarryOut(node, effect);
        }
    }

    private void CarryOut(HostedNode node, Effect effect)
    {
        switch (effect)
        {
            case Effect.Store store:
                CarryOut(node, store.Request);
                break;
            case Effect.Call call:
                CarryOut(node, call);
                break;
            case Effect.Answer answer when _runs.TryGetValue(answer.Id.Caller, out HostedNode? caller):
                _local.Enqueue((caller, new Event.Answered(answer.Id, answer.Reply)));
                break;
            case Effect.Publish publish:
                Publish(publish.Notice);
                break;
            case Effect.Complete complete when _receivers.Remove(complete.Ticket, out IOutcomeReceiver? receiver):
                receiver.Completed((Client.ClientOutcome)complete.Outcome);
                break;
            case Effect.Alarm alarm:
                _options.Report(alarm.Text);
                break;
        }
    }

    private void CarryOut(HostedNode node, StoreRequest request)
    {
        StoreRunner store = _store ?? throw new InvalidOperationException($"{node.Node.Address} has a log, this host no store");
        ValueTask<StoreCompletion> running = store.RunAsync(request);
        if (running.IsCompletedSuccessfully)
        {
            _local.Enqueue((node, new Event.Stored(running.Result)));
        }
        else
        {
            _ = DeliverAsync(node, running);
        }
    }

    /// <summary>Never fails: the runner turns every failure into a completion.</summary>
    private async Task DeliverAsync(HostedNode node, ValueTask<StoreCompletion> running)
    {
        StoreCompletion completion = await running.ConfigureAwait(false);
        _incoming.Add(new Turn(node, new Event.Stored(completion), null));
    }

    private void CarryOut(HostedNode caller, Effect.Call call)
    {
        HostedNode? callee = Find(call.To);
        if (callee is { FailedAt: null })
        {
            _local.Enqueue((callee, new Event.Called(call.Id, caller.Node.Address, call.Request)));
        }
        else if (callee is null && _options.CallRemote is { } remote)
        {
            _ = AskAsync(caller, call, remote);
        }
        else
        {
            string reason = callee is null ? $"there is no {call.To}" : $"{call.To} is stopped after a fault";
            _local.Enqueue((caller, new Event.CallFailed(call.Id, false, reason)));
        }
    }

    /// <summary>Never fails: whatever goes wrong in the call is an event.</summary>
    private async Task AskAsync(HostedNode caller, Effect.Call call, Func<NodeAddress, Message, Task<Message>> remote)
    {
        Event ended;
        try
        {
            ended = new Event.Answered(call.Id, await remote(call.To, call.Request).ConfigureAwait(false));
        }
        catch (Exception failure)
        {
            // All else may have been sent, and carried out.
            bool isSent = failure is not (ArgumentException or NotSentException);
            ended = new Event.CallFailed(call.Id, isSent, failure.Message);
        }

        _incoming.Add(new Turn(caller, ended, null));
    }

    private void AnswerForFailed(HostedNode node, Event happened)
    {
        if (happened is Event.Called called && _runs.TryGetValue(called.Id.Caller, out HostedNode? caller))
        {
            string reason = $"{node.Node.Address} has failed in carrying it out";
            _local.Enqueue((caller, new Event.CallFailed(called.Id, true, reason)));
        }
    }

    private void Publish(Message notice)
    {
        Event.Published published = new(notice);
        foreach (HostedNode node in _nodes.Values)
        {
            _local.Enqueue((node, published));
        }
    }

    private HostedNode? Find(NodeAddress address)
    {
        if (_nodes.TryGetValue(address, out HostedNode? running))
        {
            return running;
        }

        Incarnation run = Runs.Draw();
        if (_options.CreateNode(address, run) is not { } node)
        {
            return null;
        }

        HostedNode hosted = new(node, run);
        _nodes.Add(address, hosted);
        _runs.Add(run, hosted);
        _local.Enqueue((hosted, Event.Started.Instance));
        return hosted;
    }

    /// <summary>One thing that came from outside the loop: an event for a node, or something to run.</summary>
    private readonly record struct Turn(HostedNode? Node, Event? Happened, Action? Action);
}
