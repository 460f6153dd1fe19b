using System.Collections.Concurrent;
using System.Collections.Immutable;
using Orleans.Concurrency;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Interfaces.Wire;

namespace OrleansShards.Grains.Nodes;

/// <summary>A silo's front for one router: hands requests to the shells of this silo's shards, others to the shards' grains.</summary>
/// <remarks>
/// Between two calls of its router it has no call under way, although requests are open. Orleans would take it for an idle worker and
/// remove it, and their answers with it.
/// </remarks>
[GrainType("orleans-shards.front")]
[Reentrant, StatelessWorker(1, removeIdleWorkers: false)]
internal sealed class ShardFrontGrain(LocalShards shards, NodeTicker ticker, TimeProvider clock) : Grain, IShardFront, IAnswerSink
{
    // A call that waits brings the next answers. A second one may wait, so that the router's next turn costs no empty answer.
    private const int WaitingMax = 2;

    // Well within every caller's time-out.
    private static readonly TimeSpan WaitMax = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private readonly List<FrontAnswer> _done = [];
    private TaskScheduler _turns = TaskScheduler.Default;
    private IDisposable? _ticks;
    private CancellationTokenRegistration _end;
    private int _open;
    private bool _isAnswerComing;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _turns = TaskScheduler.Current;
        _ticks = ticker.Subscribe(NodeAddress.OfClient("front"), OnTick);
        _end = ticker.Ended.Register(() => TakeTurn(static front => ((ShardFrontGrain)front!).OnSiloEnding()));
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _ticks?.Dispose();
        _end.Dispose();
        return Task.CompletedTask;
    }

    public Task<FrontAnswers> Exchange(FrontRequests requests)
    {
        _open += requests.Requests.Length;
        foreach (FrontRequest request in requests.Requests)
            Pass(request);

        Waiting call = new(clock.GetTimestamp());
        _waiting.Enqueue(call);
        Answer(evenIfEmpty: _waiting.Count > WaitingMax || ticker.Ended.IsCancellationRequested);
        return call.Task;
    }

    /// <summary>A shard has answered. On any thread.</summary>
    public void Answered(ulong number, Message? reply, string? failure)
    {
        FrontAnswer answer = reply is null or ShardReply
            ? new(number, (ShardReply?)reply, failure)
            : new(number, null, $"a shard has answered with {reply.GetType().Name}");
        lock (_lock)
        {
            _done.Add(answer);
            if (_isAnswerComing)
                return;

            _isAnswerComing = true;
        }

        // What else is done until this turn comes goes with it. Where none comes, the router hears that its call has failed, and the shard
        // that answers must not suffer.
        if (TakeTurn(static front => ((ShardFrontGrain)front!).OnAnswered()))
            return;

        lock (_lock)
            _isAnswerComing = false;
    }

    /// <summary>False: this front is ending and takes no turn.</summary>
    private bool TakeTurn(Action<object?> turn)
    {
        try
        {
            _ = Task.Factory.StartNew(turn, this, CancellationToken.None, TaskCreationOptions.None, _turns);
            return true;
        }
        catch (TaskSchedulerException)
        {
            return false;
        }
    }

    private void OnAnswered()
    {
        lock (_lock)
            _isAnswerComing = false;

        Answer(evenIfEmpty: false);
    }

    private void Answer(bool evenIfEmpty)
    {
        if (_waiting.Count == 0)
            return;

        ImmutableArray<FrontAnswer> answers;
        lock (_lock)
        {
            answers = [.. _done];
            _done.Clear();
        }

        _open -= answers.Length;
        if (answers.Length > 0 || evenIfEmpty || _open == 0)
            _waiting.Dequeue().SetResult(new FrontAnswers(answers));

        // Nothing is left that they could bring.
        while (_open == 0 && _waiting.TryDequeue(out Waiting? call))
            call.SetResult(new FrontAnswers([]));
    }

    private void OnTick()
    {
        while (_waiting.TryPeek(out Waiting? call) && clock.GetElapsedTime(call.Since) >= WaitMax)
            Answer(evenIfEmpty: true);
    }

    // Orleans disposes of a front only once its calls have ended. No tick ends them any more, and what they wait for may never come.
    private void OnSiloEnding()
    {
        while (_waiting.Count > 0)
            Answer(evenIfEmpty: true);
    }

    private void Pass(FrontRequest request)
    {
        try
        {
            MessageCheck.Whole(request.Request);
            NodeAddress shard = NodeAddress.Of(request.Group, request.Shard);
            if (shards.Find(shard) is { } shell)
                shell.Post(request.Request, this, request.Number);
            else
                _ = CallAsync(request);
        }
        catch (MalformedMessageException malformed)
        {
            Answered(request.Number, null, malformed.Message);
        }
    }

    private async Task CallAsync(FrontRequest request)
    {
        try
        {
            IShardGrain shard = GrainFactory.GetGrain<IShardGrain>(GrainCalls.KeyOf(request.Group, request.Shard));
            Answered(request.Number, await shard.OnKey(request.Request), null);
        }
        catch (Exception failure)
        {
            Answered(request.Number, null, failure.Message);
        }
    }

    /// <summary>A call of the router that has not been answered.</summary>
    private sealed class Waiting(long since) : TaskCompletionSource<FrontAnswers>
    {
        internal long Since => since;
    }
}

/// <summary>Takes the answers of requests that were posted to a shell. Thread-safe; never throws.</summary>
internal interface IAnswerSink
{
    /// <summary>The request with this number has been answered, or will not be, and why.</summary>
    void Answered(ulong number, Message? reply, string? failure);
}

/// <summary>The shells of the shards that this silo has activated. Thread-safe.</summary>
internal sealed class LocalShards
{
    private readonly ConcurrentDictionary<NodeAddress, NodeShell> _shells = new();

    internal NodeShell? Find(NodeAddress shard) => _shells.GetValueOrDefault(shard);

    internal void Add(NodeShell shell) => _shells[shell.Node.Address] = shell;

    /// <summary>Another activation's shell stays.</summary>
    internal void Remove(NodeShell shell) => _shells.TryRemove(new(shell.Node.Address, shell));
}
