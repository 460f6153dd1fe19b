namespace OrleansShards.Core.Shards;

/// <summary>
/// Operations on keys that wait for a move's decision: a handful of log writes later they are carried out, here or, by
/// the redirect that they then get, where the shard has gone. Nothing of theirs was proposed: a refusal is certain.
/// </summary>
internal sealed class HeldRequests(ShardTurn turn, Action<Event.Called> again)
{
    private readonly Queue<(Event.Called Call, Instant Deadline)> _held = new();

    /// <summary>
    /// Whether what a key has now is not for this copy to say, and soon will be, here or elsewhere: while the commit of a
    /// move was asked for at the source, and from the target's receipt to the decision.
    /// </summary>
    internal bool IsPaused =>
        turn.Ownership.Phase == TransferPhase.Moving || turn.State.Staging is { Ready: not null };

    internal void Hold(Event.Called call)
    {
        if (_held.Count >= turn.Config.WaitingMax)
        {
            turn.Refuse(call, Refusals.NotReady(turn.Ownership, "too many wait for the move's decision"));
            return;
        }

        _held.Enqueue((call, turn.Now + turn.Config.KeyWait));
    }

    /// <summary>Lets all go on where the pause is over. Called after each step.</summary>
    internal void Advance()
    {
        if (_held.Count > 0 && !IsPaused)
        {
            // Those that have to wait again line up behind.
            for (int left = _held.Count; left > 0; left--)
                again(_held.Dequeue().Call);
        }
    }

    /// <summary>Refuses those that have waited for too long.</summary>
    internal void Tick()
    {
        while (_held.TryPeek(out (Event.Called Call, Instant Deadline) oldest) && oldest.Deadline <= turn.Now)
        {
            _held.Dequeue();
            turn.Refuse(oldest.Call, Refusals.NotServing(turn.Ownership));
        }
    }

    /// <summary>This copy writes its log no more.</summary>
    internal void RefuseAll(string text)
    {
        while (_held.TryDequeue(out (Event.Called Call, Instant Deadline) held))
            turn.Refuse(held.Call, Refusals.NotReady(turn.Ownership, text));
    }
}
