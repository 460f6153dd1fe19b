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

    /// <summary>Calls <paramref name="tick"/> in turns of the calling grain until the result is disposed.</summary>
    internal IDisposable Subscribe(Action tick)
    {
        Subscription subscription = new(this, tick);
        _subscriptions[subscription] = TaskScheduler.Current;
        lock (_gate)
            _running ??= Task.Run(RunAsync);

        return subscription;
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

    private sealed class Subscription(NodeTicker ticker, Action tick) : IDisposable
    {
        private int _isPosted;

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

        private void Run()
        {
            Volatile.Write(ref _isPosted, 0);
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
