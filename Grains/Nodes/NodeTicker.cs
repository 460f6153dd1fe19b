using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Hosting;

namespace OrleansShards.Grains.Nodes;

/// <summary>
/// Ticks all nodes of the silo with one timer instead of one in each grain. A tick is a turn of its grain. While one waits for its
/// turn, no other is queued.
/// </summary>
internal sealed partial class NodeTicker(
    IOptions<OrleansShardsOptions> options, StoreWatch store, TimeProvider clock, ILogger<NodeTicker> logger)
    : IDisposable
{
    private readonly ConcurrentDictionary<Subscription, TaskScheduler> _subscriptions = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Task? _running;
    private string? _refusal;

    /// <summary>Cancelled when no tick comes any more, as the silo ends.</summary>
    internal CancellationToken Ended => _stop.Token;

    /// <summary>Calls <paramref name="tick"/> in turns of the calling grain, which runs <paramref name="node"/>, until the result is
    /// disposed.</summary>
    internal IDisposable Subscribe(NodeAddress node, Action tick)
    {
        Subscription subscription = new(this, node, tick);
        _subscriptions[subscription] = TaskScheduler.Current;
        lock (_gate)
        {
            // Without the context of the call that has activated the first grain: all ticks would be in its trace.
            using (ExecutionContext.SuppressFlow())
                _running ??= Task.Run(RunAsync);
        }

        return subscription;
    }

    /// <summary>
    /// A node that had a turn coming and no turn, at so many calls of this in a row; null if there is none. One thread calls it.
    /// </summary>
    internal NodeAddress? FindStuck(int calls)
    {
        NodeAddress? stuck = null;
        foreach ((Subscription subscription, _) in _subscriptions)
        {
            if (subscription.CountCallsWithoutTurn() >= calls)
                stuck = subscription.Node;
        }

        return stuck;
    }

    public void Dispose() => _stop.Cancel();

    private async Task RunAsync()
    {
        using PeriodicTimer timer = new(options.Value.TickInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                store.Tick();
                foreach ((Subscription subscription, TaskScheduler turns) in _subscriptions)
                    subscription.Post(turns);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo has stopped.
        }
    }

    // Logged once until another reason: it comes at every tick.
    private void OnRefused(Exception refusal)
    {
        // The outer one says only that a scheduler has thrown.
        string reason = refusal.GetBaseException().Message;
        if (reason == _refusal)
            return;

        _refusal = reason;
        LogFailed(refusal);
    }

    private sealed class Subscription(NodeTicker ticker, NodeAddress node, Action tick) : IDisposable
    {
        private int _isPosted;
        private long _turns;
        private long _turnsSeen = -1;
        private int _callsWithoutTurn;

        internal NodeAddress Node => node;

        public void Dispose() => ticker._subscriptions.TryRemove(this, out _);

        internal void Post(TaskScheduler turns)
        {
            if (Interlocked.Exchange(ref _isPosted, 1) != 0)
                return;

            try
            {
                _ = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.None, turns);
            }
            catch (Exception refusal)
            {
                // The scheduler takes no turn, for example of a grain that is ending. The silo's other nodes are ticked all the same.
                Volatile.Write(ref _isPosted, 0);
                ticker.OnRefused(refusal);
            }
        }

        // A tick that hangs itself counts as well: the next one is posted, and waits behind it.
        internal int CountCallsWithoutTurn()
        {
            long turns = Volatile.Read(ref _turns);
            _callsWithoutTurn = Volatile.Read(ref _isPosted) != 0 && turns == _turnsSeen ? _callsWithoutTurn + 1 : 0;
            _turnsSeen = turns;
            return _callsWithoutTurn;
        }

        private void Run()
        {
            Volatile.Write(ref _isPosted, 0);
            Interlocked.Increment(ref _turns);
            if (!ticker._subscriptions.ContainsKey(this))
                return;

            try
            {
                tick();
            }
            catch (Exception defect)
            {
                ticker.LogFailed(defect);
            }
        }
    }

    [LoggerMessage(LogEvents.TickFailed, LogLevel.Error, "a node's tick has failed")]
    private partial void LogFailed(Exception defect);
}
