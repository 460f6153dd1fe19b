using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>What one leadership knows of one active move beyond the log. The next leadership asks the copies again.</summary>
internal sealed class MoveRun(ShardMove move, Instant now)
{
    // What the target had when it first told this leadership: an earlier one may have had most of it copied.
    private (long BytesDone, Instant At)? _first;

    internal ShardMove Move { get; set; } = move;

    internal PendingMoveCall Target { get; } = new(move, move.Target);

    internal PendingMoveCall Source { get; } = new(move, move.Source);

    internal MoveProgress? Progress { get; private set; }

    /// <summary>When the target last answered, or was first called.</summary>
    internal Instant HeardAt { get; private set; } = now;

    internal Instant ProgressedAt { get; private set; } = now;

    internal bool HasFailed { get; private set; }

    internal string? Obstacle { get; set; }

    /// <summary>The highest total that was reported: a target that serves no longer counts it.</summary>
    internal long BytesTotal { get; private set; }

    /// <summary>How fast the target has copied since it first told; null before the second time.</summary>
    internal long? BytesPerSecond { get; private set; }

    /// <summary>The pause as the target measured it; null where it has not.</summary>
    internal long? PauseUs { get; private set; }

    internal bool IsDeciding { get; set; }

    internal void OnProgress(MoveProgress progress, Instant now)
    {
        bool hasProgressed = progress.Obstacle is null
            || Progress?.Step != progress.Step || Progress.BytesDone != progress.BytesDone;
        ProgressedAt = hasProgressed ? now : ProgressedAt;
        Measure(progress.BytesDone, now);
        HeardAt = now;
        Progress = progress;
        BytesTotal = Math.Max(BytesTotal, progress.BytesTotal);
        Obstacle = progress.Obstacle;
        PauseUs = progress.PauseUs > 0 ? progress.PauseUs : PauseUs;
        HasFailed = progress.Step is MoveStep.Failed or MoveStep.Discarded;
    }

    private void Measure(long bytesDone, Instant now)
    {
        // Copied anew, after the target was started anew for instance.
        if (_first is not { } first || bytesDone < first.BytesDone)
        {
            (_first, BytesPerSecond) = ((bytesDone, now), null);
            return;
        }

        double seconds = (now - first.At).TotalSeconds;
        if (bytesDone > first.BytesDone && seconds > 0)
            BytesPerSecond = (long)((bytesDone - first.BytesDone) / seconds);
    }
}
