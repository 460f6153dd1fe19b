using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Nodes;

namespace OrleansShards.Grains.Hosting;

/// <summary>
/// Ends a silo that hangs, by Orleans' handler of fatal errors, so that other silos serve its shards. Its connections stay open and it may
/// answer the others' probes, which are not grains: without it nobody would declare it dead.
/// </summary>
/// <remarks>
/// The thread is its own, because the pool may be what hangs. A round asks the silo for a grain call by way of the pool, and looks whether
/// each node has had a turn. The silo hangs when the call has not been answered, or the same node has not had a turn, several rounds in a
/// row. Rounds are counted instead of time: a process that was stopped for minutes has missed one.
/// </remarks>
internal sealed partial class SiloWatchdog(
    IGrainFactory grains, ClusterIdentity identity, NodeTicker ticker, IFatalErrorHandler failures,
    IOptions<OrleansShardsOptions> options, ILogger<SiloWatchdog> logger) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private const int MissesMax = 3;

    // Not disposed of, as the thread may still wait for it.
    private readonly ManualResetEvent _stopping = new(false);
    private int _misses;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SiloWatchdog), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);

    // If the silo's start has failed, nobody calls StopAsync.
    public void Dispose() => _stopping.Set();

    private Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.HangAfter > TimeSpan.Zero)
            new Thread(Watch) { IsBackground = true, Name = "silo watchdog" }.Start();

        return Task.CompletedTask;
    }

    // Before grains are deactivated, which may take them long.
    private Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping.Set();
        return Task.CompletedTask;
    }

    private void Watch()
    {
        string? hung = null;
        while (hung is null)
        {
            Task call = Task.Run(CallAsync);
            if (_stopping.WaitOne(options.Value.HangAfter / MissesMax))
                return;

            hung = WhatHangs(call);
        }

        string text = $"this silo hangs: {hung} for {options.Value.HangAfter.TotalSeconds:0.#} s; it ends, and others serve what it had";
        LogHangs(text);
        failures.OnFatalException(this, text, null);
    }

    // Nobody can call a grain of ours before the cluster is known.
    private async Task CallAsync()
    {
        if (identity.Known.IsCompleted)
            await grains.GetGrain<IClusterGrain>(0).Definition().ConfigureAwait(false);
    }

    private string? WhatHangs(Task call)
    {
        _misses = call.IsCompletedSuccessfully || Debugger.IsAttached ? 0 : _misses + 1;
        NodeAddress? stuck = ticker.FindStuck(MissesMax);
        return _misses >= MissesMax ? "it has not answered a call of its own"
            : stuck is { } node ? $"{node} has not had a turn"
            : null;
    }

    [LoggerMessage(LogEvents.SiloHangs, LogLevel.Critical, "{Text}")]
    private partial void LogHangs(string text);
}
