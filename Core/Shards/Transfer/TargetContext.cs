namespace OrleansShards.Core.Shards;

/// <summary>
/// What the parts of a move's target share: the newest order, the obstacle, and the rule that one step runs at a time. A new
/// leadership forgets the step of the one before.
/// </summary>
internal sealed class TargetContext(ShardTurn turn)
{
    private int _leadership;

    internal Staging? Staged => turn.State.Staging;

    internal DriveMove? Order { get; private set; }

    internal Instant PrimarySeenAt { get; set; }

    /// <summary>Whether a step is under way: a read of the store, a proposal, or a call of the source.</summary>
    internal bool IsBusy { get; set; }

    /// <summary>Why the move makes no progress, for the operator; null while it does.</summary>
    internal string? Obstacle { get; set; }

    /// <summary>Called with each durable entry, whether it was carried out or refused.</summary>
    internal required Action<TransferEntry.OfMove> OnApplied { get; init; }

    internal void OnLeadershipStarted()
    {
        _leadership++;
        (Order, PrimarySeenAt, IsBusy, Obstacle) = (null, turn.Now, false, null);
    }

    internal void OnOrder(DriveMove order) => (Order, PrimarySeenAt) = (order, turn.Now);

    /// <summary>The term of the newest order for what is received.</summary>
    internal Term TermOf(Staging staged) => Order is { } order && order.Move == staged.Move ? order.Term : staged.Term;

    /// <summary>Ends the step after a pause: a refused request would be repeated at once, for ever.</summary>
    internal void EndLater()
    {
        Action<Message?> end = InThisLeadership(_ => IsBusy = false);
        turn.After(turn.Config.RetryInterval, () => end(null));
    }

    internal void Propose(TransferEntry.OfMove entry)
    {
        IsBusy = true;
        Action<Message?> end = InThisLeadership(_ => IsBusy = false);
        Action<Message?> endLater = InThisLeadership(_ => EndLater());
        turn.Propose(
            entry,
            outcome =>
            {
                Obstacle = (outcome as ShardRefusal)?.Text;
                (outcome is ShardRefusal ? endLater : end)(outcome);
                OnApplied(entry);
            },
            end);
    }

    internal void CallSource(Staging staged, Message request, Action<Message?> then) =>
        turn.CallCopy(staged.Source, request, turn.Config.CallTimeout, InThisLeadership(then));

    /// <summary>A continuation that runs only if no other leadership has begun by then.</summary>
    internal Action<Message?> InThisLeadership(Action<Message?> then)
    {
        int leadership = _leadership;
        return reply =>
        {
            if (leadership == _leadership)
                then(reply);
        };
    }
}
