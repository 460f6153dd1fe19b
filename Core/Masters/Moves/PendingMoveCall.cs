using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>What one copy is told about one move, over and over until it has done it.</summary>
/// <param name="move">The move.</param>
/// <param name="copy">The group whose copy is told.</param>
internal sealed class PendingMoveCall(ShardMove move, GroupId copy)
{
    internal ShardMove Move { get; } = move;

    internal GroupId Copy { get; } = copy;

    /// <summary>What is wanted of it now; none before the first order.</summary>
    internal MoveCommand Command { get; private set; }

    /// <summary>Whether it has done what is wanted now.</summary>
    internal bool IsDone { get; set; }

    /// <summary>Whether an order of now is on its way.</summary>
    internal bool IsAsked { get; set; }

    /// <summary>When it is to be told next; at once where nothing was said yet.</summary>
    internal Instant? NextAt { get; set; }

    /// <summary>Whether it has nothing of an aborted move any more.</summary>
    internal bool IsAbortDone => IsDone && Command == MoveCommand.Abort;

    /// <summary>Another order is given at once, whether the earlier one was answered or not.</summary>
    internal void Want(MoveCommand command)
    {
        if (command != Command)
        {
            Command = command;
            IsDone = false;
            IsAsked = false;
            NextAt = null;
        }
    }
}
