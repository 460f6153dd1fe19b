namespace OrleansShards.Core.Shards;

/// <summary>
/// The source's side of a move: seals when the target asks, has the primary decide when the target has a receipt, and releases
/// or serves again as decided. While sealed it drives itself: it asks the primary for what it does not know.
/// </summary>
/// <remarks>
/// It may serve again without asking only where no commit was ever requested for this seal. (1) A source requests the commit,
/// and the request is delayed; (2) it serves again by itself; (3) the request arrives, the master commits, and what was written
/// since (2) is lost. So once a commit was requested, and after a restart, when that is not known, the source has the seal
/// cancelled in the master's log first: the first of the two records counts.
/// </remarks>
internal sealed class MoveSource(ShardTurn turn, FirstUse firstUse, Func<bool> isLeading)
{
    private readonly WaitingCalls<Event.Called> _waiting = new(turn.Config.WaitingMax);
    private SealMadeHere? _seal;
    private bool _isAsking;
    private bool _isCancelling;
    private bool _isSettling;

    /// <summary>Whether reads may be answered: the target cannot have been told to serve before the commit is requested.</summary>
    internal bool MayRead => turn.Ownership.Phase == TransferPhase.SealedForMove && OwnSeal is { Offered: null };

    // Null where the present seal was not made by this leadership: then it is not known what was requested for it.
    private SealMadeHere? OwnSeal => _seal?.Granted == turn.Ownership.Granted ? _seal : null;

    internal void OnLeadershipStarted()
    {
        (_seal, _isAsking, _isCancelling, _isSettling) = (null, false, false, false);
        if (turn.Ownership is { Phase: TransferPhase.Released, Release: ReleaseReason.Moved })
        {
            // A crash may have come between the release and the checkpoint that drops the released content from the store.
            turn.Replica.CheckpointSoon();
        }
    }

    internal void Seal(Event.Called call, SealForMove request) => firstUse.EnsureOpen(call, opens: true, () => turn.ProposeUnlessNoOp(
        new TransferEntry.Seal(request.Move, request.Term, request.Target), call, outcome => OnSealed(call, request, outcome)));

    /// <summary>The target is ready: answers the decision, or has the primary decide.</summary>
    internal void Ready(Event.Called call, MoveReady request)
    {
        ShardOwnership ownership = turn.Ownership;
        if (MoveRules.HasReleased(ownership, request.Move, request.Granted))
        {
            Answer(call, request, MoveDecision.Committed);
        }
        else if (MoveRules.HasServedSince(ownership, request.Granted))
        {
            Answer(call, request, MoveDecision.Cancelled);
        }
        else if (!MoveRules.IsSealedFor(ownership, request.Move, request.Granted))
        {
            turn.Answer(call, Refusals.WrongState(
                ownership, $"is not sealed for move {request.Move} at epoch {request.Granted}", ownership.Other));
        }
        else if (turn.State.Receipt() != request.Receipt)
        {
            turn.Answer(call, Refusals.WrongState(
                ownership, $"the target has {request.Receipt}, sealed is {turn.State.Receipt()}", turn.Self));
        }
        else if (!_waiting.TryAdd(call, turn.Now + turn.Config.ShardTimeout))
        {
            turn.Answer(call, Refusals.NotReady(ownership, "too many wait for the move's decision"));
        }
        else if (!_isSettling)
        {
            // (1) The pause limit expires, and serving again is proposed; (2) this request arrives, and the commit is requested;
            // (3) both take effect. So a seal that is being ended is no longer offered.
            _seal = OwnSeal is { } own ? own with { Offered = request.Receipt } : null;
            RequestCommit(request.Receipt);
        }
    }

    private void Answer(Event.Called call, MoveReady request, MoveDecision decision) =>
        turn.Answer(call, new MoveReadyReply(new MoveDecided(request.Move, request.Granted, decision)));

    internal void OnOrder(Event.Called call, DriveMove order)
    {
        switch (order.Command)
        {
            case MoveCommand.Commit when MoveRules.IsSealedFor(turn.Ownership, order.Move, order.Granted):
                EndSealFor(call, order, new TransferEntry.Release(order.Move, order.Granted));
                break;
            case MoveCommand.Abort when order.Move > turn.Ownership.EndedMove:
                EndSealFor(call, order, new TransferEntry.Unseal(order.Move, Epoch.None, IsOver: true));
                break;
            case MoveCommand.Copy:
                turn.Answer(call, Refusals.WrongState(turn.Ownership, "the source is not told to receive"));
                break;
            case MoveCommand.Commit:
            case MoveCommand.Abort:
                AnswerStep(call, order);
                break;
        }
    }

    /// <summary>Takes the next step of a sealed source. Called after each step of the node.</summary>
    internal void Advance()
    {
        // The primary may be unreachable for long; the target repeats its request.
        foreach (Event.Called late in _waiting.Expire(turn.Now))
            turn.Answer(late, Refusals.NotReady(turn.Ownership, "the primary has not decided in time"));

        if (!isLeading() || turn.Ownership.Phase != TransferPhase.SealedForMove)
        {
            // The seal has ended without a decision that this run has heard.
            _seal = null;
            if (_waiting.Count > 0)
                AnswerWaiting(Refusals.NotReady(turn.Ownership, "the move's decision is not known here"));

            return;
        }

        if (_isSettling)
            return;

        SealMadeHere? own = OwnSeal;
        bool isLate = own is null || turn.Now - own.At >= turn.Config.MovePauseLimit;
        if (isLate && own is { Offered: null })
        {
            // No commit was requested.
            EndSeal(
                new TransferEntry.Unseal(turn.Ownership.Move, turn.Ownership.Granted, IsOver: false), static () => { }, static _ => { });
        }
        else if (isLate && !_isCancelling)
        {
            _isCancelling = true;
            RequestDecision(null, () => _isCancelling = false);
        }
        else if (!isLate && own?.Offered is { } receipt)
        {
            RequestCommit(receipt);
        }
    }

    private void OnSealed(Event.Called call, SealForMove request, Message outcome)
    {
        ShardOwnership ownership = turn.Ownership;
        if (outcome is not ShardDone)
        {
            turn.Answer(call, outcome is ShardRefusal { Kind: ShardRefusalKind.Moved } ? firstUse.Redirect() : outcome);
        }
        else if (ownership.Phase == TransferPhase.SealedForMove && ownership.Move == request.Move)
        {
            // The pause counts from the seal that this leadership made; a seal that it found in its log is cancelled anyway.
            if (_seal?.Granted != ownership.Granted && !_isCancelling)
                _seal = new SealMadeHere(ownership.Granted, turn.Now, Offered: null);

            turn.Answer(call, new MoveSealed(request.Move, ownership.Granted, turn.State.Receipt()));
        }
        else
        {
            turn.Answer(call, Refusals.WrongState(ownership, $"the seal of move {request.Move} is over", ownership.Other));
        }
    }

    private void RequestCommit(MoveReceipt receipt)
    {
        if (!_isAsking)
        {
            _isAsking = true;
            RequestDecision(receipt, () => _isAsking = false);
        }
    }

    // Requests the commit with the target's receipt, or the cancellation with null.
    private void RequestDecision(MoveReceipt? receipt, Action ended)
    {
        (MoveId move, Epoch granted) = (turn.Ownership.Move, turn.Ownership.Granted);
        DecideMove request = new(turn.Config.Shard, move, granted, receipt);
        turn.AskPrimary(request, turn.Config.ShardTimeout, reply =>
        {
            if (reply is MoveDecided decided && MoveRules.IsSealedFor(turn.Ownership, move, granted))
            {
                ended();
                OnDecided(decided);
            }
            else
            {
                // No decision: the primary may be changing. The request is repeated as long as the seal lasts.
                turn.After(turn.Config.RetryInterval, ended);
            }
        });
    }

    private void OnDecided(MoveDecided decided)
    {
        TransferEntry entry = decided.Decision switch
        {
            MoveDecision.Committed => new TransferEntry.Release(decided.Move, decided.Granted),
            MoveDecision.Cancelled => new TransferEntry.Unseal(decided.Move, decided.Granted, IsOver: false),
            MoveDecision.Aborted => new TransferEntry.Unseal(decided.Move, decided.Granted, IsOver: true),
        };
        EndSeal(entry, () => AnswerWaiting(new MoveReadyReply(decided)), static _ => { });
    }

    private void EndSealFor(Event.Called call, DriveMove order, TransferEntry.OfMove entry) =>
        EndSeal(entry, () => AnswerStep(call, order), refusal => turn.Answer(call, refusal));

    private void EndSeal(TransferEntry entry, Action then, Action<Message> failed)
    {
        if (_isSettling)
        {
            // One entry at a time; the primary repeats its order.
            turn.After(turn.Config.RetryInterval, then);
            return;
        }

        _isSettling = true;
        turn.Propose(
            entry,
            _ =>
            {
                _isSettling = false;
                if (turn.Ownership.Phase == TransferPhase.Released)
                {
                    // The checkpoint drops the released content from the store.
                    turn.Replica.CheckpointSoon();
                }

                then();
            },
            refusal =>
            {
                _isSettling = false;
                failed(refusal);
            });
    }

    private void AnswerWaiting(Message reply)
    {
        foreach (Event.Called call in _waiting.TakeAll())
            turn.Answer(call, reply);
    }

    private void AnswerStep(Event.Called call, DriveMove order)
    {
        ShardOwnership ownership = turn.Ownership;
        bool isCommit = order.Command == MoveCommand.Commit;
        bool isSealed = ownership.Phase == TransferPhase.SealedForMove && ownership.Move == order.Move;
        bool isBehind = isCommit && ownership.Epoch < order.Granted && ownership.Phase != TransferPhase.None;
        MoveStep step = isSealed ? MoveStep.Frozen
            : isBehind ? MoveStep.Failed
            : isCommit ? MoveStep.Released
            : MoveStep.Discarded;
        string? obstacle = step == MoveStep.Failed
            ? $"the source is at epoch {ownership.Epoch}, {ownership.Phase}, and was not sealed for epoch {order.Granted}"
            : null;
        turn.Answer(call, new MoveProgress(order.Move, step, 0, 0, 0, obstacle));
    }

    /// <summary>A seal that this leadership made, when it was durable, and the receipt offered with the request to commit it.</summary>
    private sealed record SealMadeHere(Epoch Granted, Instant At, MoveReceipt? Offered);
}
