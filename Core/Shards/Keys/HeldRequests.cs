namespace OrleansShards.Core.Shards;

/// <summary>
/// Operations on keys that wait for a move's decision: a few log writes later they are carried out here, or redirected to
/// the shard's new owner. None of them was proposed, so a refusal is definite.
/// </summary>
internal sealed class HeldRequests(ShardTurn turn, Action<Event.Called> again)
{
    private readonly Queue<(Event.Called Call, Instant Deadline)> _held = new();

    /// <summary>Whether a move must be decided first: at the source while it is sealed, at the target from its receipt on.</summary>
    internal bool IsPaused => turn.Ownership.Phase == TransferPhase.SealedForMove || turn.State.Staging is { Ready: not null };

    internal void Hold(Event.Called call)
    {
        if (_held.Count >= turn.Config.WaitingMax)
        {
            turn.Refuse(call, Refusals.NotReady(turn.Ownership, "too many wait for the move's decision"));
            return;
        }

        _held.Enqueue((call, turn.Now + turn.Config.KeyTimeout));
    }

    /// <summary>Retries all held operations once the pause is over. Called after each step.</summary>
    internal void Advance()
    {
        // An operation that must wait again goes to the end of the queue.
        for (int left = IsPaused ? 0 : _held.Count; left > 0; left--)
            again(_held.Dequeue().Call);
    }

    internal void Tick()
    {
        while (_held.TryPeek(out (Event.Called Call, Instant Deadline) oldest) && oldest.Deadline <= turn.Now)
        {
            _held.Dequeue();
            turn.Refuse(oldest.Call, Refusals.NotServing(turn.Ownership));
        }
    }

    internal void RefuseAll(string text)
    {
        while (_held.TryDequeue(out (Event.Called Call, Instant Deadline) held))
            turn.Refuse(held.Call, Refusals.NotReady(turn.Ownership, text));
    }
}
