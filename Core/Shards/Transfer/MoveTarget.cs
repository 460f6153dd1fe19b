namespace OrleansShards.Core.Shards;

/// <summary>
/// The target's side of a move: carries out the primary's orders by <see cref="CatchUp"/>, and has the move committed. A
/// target that is ready has made a promise, which only the masters' log ends: the source, which is sealed, has the move
/// decided; where the source does not know the decision, the primary does.
/// </summary>
/// <remarks>
/// Everything that must survive a crash is in the target's log (<see cref="Staging"/>): it continues from there, and asks the
/// source and the primary again for the rest.
/// </remarks>
internal sealed class MoveTarget
{
    private readonly ShardTurn _turn;
    private readonly Func<bool> _isLeading;
    private readonly TargetContext _context;
    private readonly CatchUp _catchUp;
    private bool _isAskingPrimary;

    internal MoveTarget(ShardTurn turn, Func<bool> isLeading)
    {
        (_turn, _isLeading) = (turn, isLeading);
        _context = new TargetContext(turn) { OnApplied = OnApplied };
        _catchUp = new CatchUp(turn, _context);
    }

    private Staging? Staged => _context.Staged;

    internal bool OnCompletion(Wal.StoreCompletion completion) => _catchUp.OnCompletion(completion);

    internal void OnLeadershipStarted()
    {
        _context.OnLeadershipStarted();
        _catchUp.OnLeadershipStarted();
        _isAskingPrimary = false;
    }

    /// <summary>Takes the next step. Called after each step of the node.</summary>
    internal void Advance()
    {
        if (!_isLeading() || Staged is not { } staged || _context.IsBusy)
            return;

        if (staged.Move <= _turn.Ownership.EndedMove)
        {
            // Left over from a move that has ended here: this copy has released the shard in a later one since. The move could
            // not be begun again, so to continue it would keep this copy busy for ever.
            _context.Propose(new TransferEntry.DiscardStaging(staged.Move));
            return;
        }

        if (_context.Order is { Command: MoveCommand.Copy } order && order.Move > staged.Move)
        {
            // The order came while another step was under way.
            _catchUp.Begin(order.Move, order.Term, order.Source);
            return;
        }

        if (_turn.Now - _context.PrimarySeenAt >= _turn.Config.MoveOrderTimeout)
            AskPrimary(staged);

        if (staged.Ready is { } ready)
            AskSource(staged, ready);
        else if (staged.Damage is null)
            _catchUp.Advance(staged);
    }

    internal void OnOrder(Event.Called call, DriveMove order)
    {
        if (order.Term < (_context.Order?.Term ?? Term.None))
        {
            _turn.Answer(call, Refusals.WrongState(
                _turn.Ownership, $"the order is of term {order.Term}, and one of term {_context.Order!.Term} is carried out"));
            return;
        }

        switch (order.Command)
        {
            case MoveCommand.Copy:
                Copy(call, order);
                break;
            case MoveCommand.Commit:
                Commit(call, order);
                break;
            case MoveCommand.Abort:
                Abort(call, order);
                break;
        }
    }

    private void Copy(Event.Called call, DriveMove order)
    {
        ShardOwnership ownership = _turn.Ownership;
        if (ownership.TakenMove == order.Move)
        {
            AnswerTaken(call, order.Move);
        }
        else if (MoveRules.Stale(ownership, order.Term) is { } stale)
        {
            _turn.Answer(call, stale);
        }
        else if (order.Move <= ownership.EndedMove || order.Move < Staged?.Move)
        {
            _turn.Answer(call, Refusals.WrongState(ownership, $"move {order.Move} is over here", ownership.Other));
        }
        else if (ownership.Phase is not (TransferPhase.None or TransferPhase.Released))
        {
            Answer(call, order.Move, MoveStep.Failed, "the target has the shard already");
        }
        else if (Staged?.Move != order.Move && !_context.IsBusy && _turn.Full(1) is { Limit: LimitName.Silo } full)
        {
            // Before it begins. The cluster tries again, with back-off, for there may be room by then.
            Answer(call, order.Move, MoveStep.Failed, full.Text);
        }
        else
        {
            _context.OnOrder(order);
            if (Staged?.Move != order.Move && !_context.IsBusy)
                _catchUp.Begin(order.Move, order.Term, order.Source);

            AnswerProgress(call, order.Move);
        }
    }

    private void Commit(Event.Called call, DriveMove order)
    {
        _context.OnOrder(order);
        if (_turn.Ownership.TakenMove == order.Move)
        {
            AnswerTaken(call, order.Move);
        }
        else if (Staged is { } staged && staged.Move == order.Move && staged.Ready?.Granted == order.Granted)
        {
            ProposeFor(call, new TransferEntry.Take(order.Move, order.Granted));
        }
        else
        {
            bool isPast = _turn.Ownership.EndedMove > order.Move || _turn.Ownership.Epoch > order.Granted;
            Answer(call, order.Move, isPast ? MoveStep.Serving : MoveStep.Failed, isPast ? null : "the target was never ready");
        }
    }

    private void Abort(Event.Called call, DriveMove order)
    {
        _context.PrimarySeenAt = _turn.Now;
        if (order.Move > _turn.Ownership.EndedMove)
            ProposeFor(call, new TransferEntry.DiscardStaging(order.Move));
        else
            Answer(call, order.Move, MoveStep.Discarded, null);
    }

    // The answer says how far the target is when the entry is durable.
    private void ProposeFor(Event.Called call, TransferEntry.OfMove entry) => _turn.Propose(
        entry,
        _ =>
        {
            OnApplied(entry);
            if (_turn.Ownership.TakenMove == entry.Move)
                AnswerTaken(call, entry.Move);
            else
                Answer(call, entry.Move, Staged is null ? MoveStep.Discarded : MoveStep.Frozen, null);
        },
        refusal => _turn.Answer(call, refusal));

    private void OnApplied(TransferEntry.OfMove entry)
    {
        _catchUp.OnApplied(entry);
        if (entry is TransferEntry.DiscardStaging || (entry is TransferEntry.Take && _turn.Ownership.TakenMove == entry.Move))
        {
            // The log has every piece that was received: a checkpoint spares its readers the replay.
            _turn.Replica.CheckpointSoon();
        }
    }

    private void AskSource(Staging staged, (Epoch Granted, MoveReceipt Receipt) ready)
    {
        _context.IsBusy = true;
        _context.CallSource(staged, new MoveReady(staged.Move, ready.Granted, ready.Receipt), reply =>
        {
            if (reply is MoveReadyReply { Decided: var decided } && decided.Move == staged.Move && decided.Granted == ready.Granted)
            {
                _context.IsBusy = false;
                OnDecided(decided);
                return;
            }

            // No answer, or the source is no longer sealed: the primary knows the decision.
            _context.EndLater();
            AskPrimary(staged);
        });
    }

    // Asks how the move ended, whether this copy is ready or not.
    private void AskPrimary(Staging staged)
    {
        if (_isAskingPrimary)
            return;

        _isAskingPrimary = true;
        Epoch promised = staged.Ready?.Granted ?? Epoch.None;
        QueryMoveDecision question = new(_turn.Config.Shard, staged.Move);
        _turn.AskPrimary(question, _turn.Config.CallTimeout, _context.InThisLeadership(reply =>
        {
            _isAskingPrimary = false;
            _context.PrimarySeenAt = reply is null ? _context.PrimarySeenAt : _turn.Now;
            if (reply is MoveDecided decided && decided.Move == staged.Move && Staged == staged
                && (decided.Decision == MoveDecision.Aborted || decided.Granted == promised))
            {
                OnDecided(decided);
            }
        }));
    }

    private void OnDecided(MoveDecided decided) => _context.Propose(decided.Decision switch
    {
        MoveDecision.Committed => new TransferEntry.Take(decided.Move, decided.Granted),
        MoveDecision.Cancelled => new TransferEntry.Unready(decided.Move, decided.Granted),
        MoveDecision.Aborted => new TransferEntry.DiscardStaging(decided.Move),
    });

    private void AnswerProgress(Event.Called call, MoveId move)
    {
        Staging? staged = Staged?.Move == move ? Staged : null;
        if (staged?.Damage is { } damage)
        {
            Answer(call, move, MoveStep.Failed, damage);
        }
        else if (staged is { Ready: null, Copy.Ownership: { Phase: TransferPhase.Released } gone } && _catchUp.IsNearEnd)
        {
            Answer(call, move, MoveStep.Failed, $"the source has given the shard to {gone.Other}");
        }
        else
        {
            bool isFrozen = staged?.Ready is not null || _catchUp.IsSealed;
            Answer(call, move, isFrozen ? MoveStep.Frozen : MoveStep.Copying, _context.Obstacle);
        }
    }

    private void AnswerTaken(Event.Called call, MoveId move) => _turn.Answer(
        call, new MoveProgress(move, MoveStep.Serving, 0, 0, _catchUp.PauseUsOf(move), null));

    private void Answer(Event.Called call, MoveId move, MoveStep step, string? obstacle)
    {
        Staging? staged = Staged?.Move == move ? Staged : null;
        long done = staged?.Bytes ?? 0;
        long total = Math.Max(done, Math.Max(staged?.Manifest?.Bytes ?? 0, staged is null ? 0 : _catchUp.SourceBytesOf(staged) ?? 0));
        _turn.Answer(call, new MoveProgress(move, step, done, total, 0, obstacle));
    }
}
