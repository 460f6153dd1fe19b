namespace OrleansShards.Core.Shards;

/// <summary>
/// The source's side of a move: seals when the target asks, has the primary decide when the target has a receipt, and
/// releases or serves on as was decided. While sealed it drives itself: whatever it does not know it asks the primary.
/// </summary>
/// <remarks>
/// When it may serve again without asking: only where no commit was ever asked for this seal. (1) A source asks for the
/// commit, and the question is delayed; (2) it serves again by itself; (3) the question arrives, the master commits, and
/// what was written since (2) is lost. So once a commit was asked for, and after a restart, when that is not known, the
/// seal is cancelled in the master's log first: whichever of the two is there first counts.
/// </remarks>
internal sealed class MoveSource(
    ShardTurn turn, PrimaryQuestions primary, FirstUse firstUse, Func<bool> leads)
{
    private readonly List<(Event.Called Call, Instant Deadline)> _waiting = [];
    private Epoch _sealedHere;
    private Instant _sealedAt;
    private MoveReceipt? _offered;
    private bool _isAsking;
    private bool _isCancelling;
    private bool _isSettling;

    /// <summary>
    /// Whether reads may still be answered here: the target cannot have been told to serve before the commit is asked for.
    /// </summary>
    internal bool MayRead => turn.Ownership.Phase == TransferPhase.Moving && IsOwnSeal && _offered is null;

    // Whether this seal was made by this leadership, so that it is known what was asked for it.
    private bool IsOwnSeal => _sealedHere == turn.Ownership.Granted && _sealedHere != Epoch.None;

    /// <summary>A new leadership: what was asked before is not known.</summary>
    internal void OnLeadershipStarted()
    {
        _sealedHere = Epoch.None;
        _offered = null;
        _isAsking = false;
        _isCancelling = false;
        _isSettling = false;
        if (turn.Ownership is { Phase: TransferPhase.Released, Release: ReleaseReason.Moved })
        {
            // A crash may have come between the release and the dropping of what is gone.
            turn.Replica.CheckpointSoon();
        }
    }

    internal void Seal(Event.Called call, SealForMove request)
    {
        if (turn.Ownership.Phase == TransferPhase.None)
            firstUse.Ask(call, opens: true, () => SealOpened(call, request));
        else
            SealOpened(call, request);
    }

    /// <summary>The target is ready: has the seal decided, unless it is.</summary>
    internal void Ready(Event.Called call, MoveReady request)
    {
        ShardOwnership ownership = turn.Ownership;
        if (MoveRules.HasReleased(ownership, request.Move, request.Granted))
        {
            Pass(call, new MoveDecided(request.Move, request.Granted, MoveDecision.Committed));
        }
        else if (MoveRules.HasServedSince(ownership, request.Granted))
        {
            Pass(call, new MoveDecided(request.Move, request.Granted, MoveDecision.Cancelled));
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
        else if (_waiting.Count >= turn.Config.WaitingMax)
        {
            turn.Answer(call, Refusals.NotReady(ownership, "too many wait for the move's decision"));
        }
        else
        {
            // (1) The time is up, and serving again is proposed; (2) this question comes, and the commit is asked for;
            // (3) both happen. So a seal that is being ended is not offered any more.
            _waiting.Add((call, turn.Now + turn.Config.ShardWait));
            if (!_isSettling)
            {
                _offered = request.Receipt;
                Ask();
            }
        }
    }

    /// <summary>The primary says what was decided.</summary>
    internal void OnOrder(Event.Called call, DriveMove order)
    {
        switch (order.Command)
        {
            case MoveCommand.Commit when MoveRules.IsSealedFor(turn.Ownership, order.Move, order.Granted):
                SettleFor(call, order, new TransferEntry.Release(order.Move, order.Granted));
                break;
            case MoveCommand.Abort when order.Move > turn.Ownership.EndedMove:
                SettleFor(call, order, new TransferEntry.Unseal(order.Move, Epoch.None, IsOver: true));
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

    /// <summary>Does what is to be done by itself. Called after each step.</summary>
    internal void Advance()
    {
        Expire();
        if (!leads() || turn.Ownership.Phase != TransferPhase.Moving)
        {
            AnswerTheRest();
            return;
        }

        if (_isSettling)
            return;

        bool isLate = !IsOwnSeal || turn.Now - _sealedAt >= turn.Config.MovePauseLimit;
        if (isLate && IsOwnSeal && _offered is null)
        {
            // Nobody was asked to commit it.
            Settle(new TransferEntry.Unseal(turn.Ownership.Move, turn.Ownership.Granted, IsOver: false), static () => { }, static _ => { });
        }
        else if (isLate && !_isCancelling)
        {
            Cancel();
        }
        else if (_offered is not null && !isLate)
        {
            Ask();
        }
    }

    private void SealOpened(Event.Called call, SealForMove request)
    {
        TransferEntry.Seal seal = new(request.Move, request.Term, request.Target);
        Decision decision = turn.State.Decide(seal);
        if (decision.Next is null)
        {
            Sealed(call, request, decision.Outcome);
            return;
        }

        turn.Propose(seal, outcome => Sealed(call, request, outcome), refusal => turn.Answer(call, refusal));
    }

    private void Sealed(Event.Called call, SealForMove request, Message outcome)
    {
        ShardOwnership ownership = turn.Ownership;
        if (outcome is not ShardDone)
        {
            turn.Answer(call, outcome is ShardRefusal { Kind: ShardRefusalKind.Moved } ? firstUse.Redirect() : outcome);
        }
        else if (ownership.Phase == TransferPhase.Moving && ownership.Move == request.Move)
        {
            NoteSeal(ownership);
            turn.Answer(call, new MoveSealed(request.Move, ownership.Granted, turn.State.Receipt()));
        }
        else
        {
            turn.Answer(call, Refusals.WrongState(ownership, $"the seal of move {request.Move} is over", ownership.Other));
        }
    }

    // The pause is counted from the seal that this leadership has made; one that it found in its log is cancelled anyway.
    private void NoteSeal(ShardOwnership ownership)
    {
        if (_sealedHere != ownership.Granted && !_isCancelling)
        {
            _sealedHere = ownership.Granted;
            _sealedAt = turn.Now;
            _offered = null;
        }
    }

    private void Ask()
    {
        if (!_isAsking)
        {
            _isAsking = true;
            Question(_offered, () => _isAsking = false);
        }
    }

    private void Cancel()
    {
        _isCancelling = true;
        Question(null, () => _isCancelling = false);
    }

    private void Question(MoveReceipt? receipt, Action ended)
    {
        (MoveId move, Epoch granted) = (turn.Ownership.Move, turn.Ownership.Granted);
        SettleMove request = new(turn.Config.Shard, move, granted, receipt);
        primary.Ask(request, turn.Config.ShardWait, reply =>
        {
            if (reply is MoveDecided decided && MoveRules.IsSealedFor(turn.Ownership, move, granted))
            {
                ended();
                Decided(decided);
            }
            else
            {
                // Nobody knows: the primary may be changing. It is asked again, as long as the seal lasts.
                turn.After(turn.Config.RetryInterval, ended);
            }
        });
    }

    private void Decided(MoveDecided decided)
    {
        TransferEntry entry = decided.Decision switch
        {
            MoveDecision.Committed => new TransferEntry.Release(decided.Move, decided.Granted),
            MoveDecision.Cancelled => new TransferEntry.Unseal(decided.Move, decided.Granted, IsOver: false),
            MoveDecision.Aborted => new TransferEntry.Unseal(decided.Move, decided.Granted, IsOver: true),
        };
        Settle(entry, () => AnswerWaiting(decided), static _ => { });
    }

    private void SettleFor(Event.Called call, DriveMove order, TransferEntry.OfMove entry) =>
        Settle(entry, () => AnswerStep(call, order), refusal => turn.Answer(call, refusal));

    private void Settle(TransferEntry entry, Action then, Action<Message> failed)
    {
        if (_isSettling)
        {
            // One entry at a time; whoever orders asks again.
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
                    // What is gone shall not stay in the store.
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

    private void AnswerWaiting(MoveDecided decided)
    {
        foreach ((Event.Called call, _) in _waiting)
            Pass(call, decided);

        _waiting.Clear();
    }

    private void Pass(Event.Called call, MoveDecided decided) => turn.Answer(call, new MoveReadyReply(decided));

    // The primary may be out of reach for long; the target asks again.
    private void Expire() => _waiting.RemoveAll(waiting =>
    {
        bool isLate = turn.Now >= waiting.Deadline;
        if (isLate)
            turn.Answer(waiting.Call, Refusals.NotReady(turn.Ownership, "the primary has not decided in time"));

        return isLate;
    });

    // A seal that ended without this run's question being answered.
    private void AnswerTheRest()
    {
        foreach ((Event.Called call, _) in _waiting)
            turn.Answer(call, Refusals.NotReady(turn.Ownership, "the move's decision is not known here"));

        _waiting.Clear();
        _offered = null;
    }

    private void AnswerStep(Event.Called call, DriveMove order)
    {
        ShardOwnership ownership = turn.Ownership;
        bool isCommit = order.Command == MoveCommand.Commit;
        bool isSealed = ownership.Phase == TransferPhase.Moving && ownership.Move == order.Move;
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
}
