using OrleansShards.Grains.Diagnostics;

namespace OrleansShards.Silo.Backups;

/// <summary>
/// The backup or restore that is under way in this silo, and the newest one after its end: for <c>/events</c>, and for the metrics. One of
/// either runs at a time. Thread-safe.
/// </summary>
internal sealed class BackupRuns(ShardsMetrics metrics, TimeProvider clock)
{
    private const string Running = "running";

    private readonly Lock _gate = new();
    private BackupRunView? _newest;
    private long _beganAt;

    /// <summary>The one that is under way, or else the newest since the silo was started; null before the first.</summary>
    internal BackupRunView? Newest
    {
        get
        {
            lock (_gate)
                return _newest;
        }
    }

    /// <summary>Begins a <c>backup</c> or a <c>restore</c>.</summary>
    internal void Begin(string operation)
    {
        lock (_gate)
        {
            _beganAt = clock.GetTimestamp();
            _newest = new BackupRunView { Operation = operation, Phase = Running, BeganAt = clock.GetUtcNow() };
            metrics.BackupBegan(operation);
        }
    }

    internal void Reach(int shard, int shards) => Change(run => run with { Shard = shard, Shards = shards, WaitsFor = null });

    internal void WaitFor(string what) => Change(run => run with { WaitsFor = what });

    internal void Copy(long bytes) => Change(run =>
    {
        metrics.BackupCopied(run.Operation, bytes);
        return run with { Bytes = run.Bytes + bytes, WaitsFor = null };
    });

    /// <summary>It has ended, with the outcome in a sentence.</summary>
    internal void End(bool isDone, string text) => Change(run =>
    {
        DateTimeOffset now = clock.GetUtcNow();
        metrics.BackupEnded(run.Operation, isDone, clock.GetElapsedTime(_beganAt), now);
        return run with { Phase = isDone ? "done" : "failed", EndedAt = now, WaitsFor = null, Text = text };
    });

    private void Change(Func<BackupRunView, BackupRunView> change)
    {
        lock (_gate)
        {
            if (_newest is { Phase: Running } run)
                _newest = change(run);
        }
    }
}
