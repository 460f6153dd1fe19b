namespace OrleansShards.Core.Shards;

/// <summary>
/// Operations on keys that wait for a move's decision: a few log writes later they are carried out here, or redirected to
/// the shard's new owner. None of them was proposed, so a refusal is definite.
/// </summary>
internal sealed class HeldRequests(ShardTurn turn, Action<Event.Called> again)
{
    private readonly WaitingCalls<Event.Called> _held = new(turn.Config.WaitingMax);

    /// <summary>Whether a move must be decided first: at the source while it is sealed, at the target from its receipt on.</summary>
    internal bool IsPaused => turn.Ownership.Phase == TransferPhase.SealedForMove || turn.State.Staging is { Ready: not null };

    internal void Hold(Event.Called call)
    {
        if (!_held.TryAdd(call, turn.Now + turn.Config.KeyTimeout))
            turn.Refuse(call, Refusals.NotReady(turn.Ownership, "too many wait for the move's decision"));
    }

    /// <summary>Retries all held operations once the pause is over. Called after each step.</summary>
    internal void Advance()
    {
        // An operation that must wait again goes to the end.
        foreach (Event.Called call in IsPaused ? [] : _held.TakeAll())
            again(call);
    }

    internal void Tick()
    {
        foreach (Event.Called late in _held.Expire(turn.Now))
            turn.Refuse(late, Refusals.NotServing(turn.Ownership));
    }

    internal void RefuseAll(string text)
    {
        foreach (Event.Called held in _held.TakeAll())
            turn.Refuse(held, Refusals.NotReady(turn.Ownership, text));
    }
}
