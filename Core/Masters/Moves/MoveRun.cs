using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>What one leadership has heard of one active move. Lost with the leadership; the next one asks again.</summary>
/// <param name="move">The move.</param>
/// <param name="now">When this leadership began to drive it.</param>
internal sealed class MoveRun(ShardMove move, Instant now)
{
    /// <summary>As the log has it.</summary>
    internal ShardMove Move { get; set; } = move;

    internal PendingMoveCall Target { get; } = new(move, move.Target);

    internal PendingMoveCall Source { get; } = new(move, move.Source);

    /// <summary>What the target has said last; null before that.</summary>
    internal MoveProgress? Progress { get; private set; }

    /// <summary>When the target has answered last, or was first asked.</summary>
    internal Instant HeardAt { get; private set; } = now;

    /// <summary>When the move got on last.</summary>
    internal Instant GotOnAt { get; private set; } = now;

    /// <summary>Whether the target cannot do it.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>What it waits for, for people.</summary>
    internal string? Obstacle { get; set; }

    /// <summary>The most bytes that there were to be copied; a target that serves counts them no more.</summary>
    internal long BytesTotal { get; private set; }

    /// <summary>As the target has measured it; null where it has not.</summary>
    internal long? PauseUs { get; private set; }

    /// <summary>Whether a decision about the move is on its way into the log.</summary>
    internal bool IsDeciding { get; set; }

    /// <summary>The target says how far it is.</summary>
    internal void OnProgress(MoveProgress progress, Instant now)
    {
        bool getsOn = progress.Obstacle is null
            || Progress?.Step != progress.Step || Progress.BytesDone != progress.BytesDone;
        GotOnAt = getsOn ? now : GotOnAt;
        HeardAt = now;
        Progress = progress;
        BytesTotal = Math.Max(BytesTotal, progress.BytesTotal);
        Obstacle = progress.Obstacle;
        PauseUs = progress.PauseUs > 0 ? progress.PauseUs : PauseUs;
        HasFailed = progress.Step is MoveStep.Failed or MoveStep.Discarded;
    }
}
