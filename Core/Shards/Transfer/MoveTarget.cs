namespace OrleansShards.Core.Shards;

/// <summary>
/// The target's side of a move: takes the primary's orders, and brings them to their end by <see cref="CatchUp"/> and
/// <see cref="MoveCommit"/>.
/// </summary>
/// <remarks>
/// All that it must not forget is in its log (<see cref="Staging"/>): after a crash it goes on from there, and learns
/// what it does not know by asking the source and the primary again.
/// </remarks>
internal sealed class MoveTarget
{
    private readonly ShardTurn _turn;
    private readonly Func<bool> _leads;
    private readonly TargetContext _context;
    private readonly CatchUp _catchUp;
    private readonly MoveCommit _commit;

    internal MoveTarget(ShardTurn turn, PrimaryQuestions primary, Func<bool> leads)
    {
        (_turn, _leads) = (turn, leads);
        _context = new TargetContext(turn) { OnApplied = OnApplied };
        _catchUp = new CatchUp(turn, _context);
        _commit = new MoveCommit(turn, primary, _context);
    }

    private Staging? Staged => _context.Staged;

    /// <summary>Whether the store's completion was for the target.</summary>
    internal bool OnCompletion(Wal.StoreCompletion completion) => _catchUp.OnCompletion(completion);

    /// <summary>A new leadership: what was under way is not.</summary>
    internal void OnLeadershipStarted()
    {
        _context.OnLeadershipStarted();
        _catchUp.OnLeadershipStarted();
        _commit.OnLeadershipStarted();
    }

    /// <summary>Does what is to be done next. Called after each step.</summary>
    internal void Advance()
    {
        _catchUp.Expire();
        if (!_leads() || Staged is not { } staged || _context.IsBusy)
            return;

        if (staged.Move <= _turn.Ownership.EndedMove)
        {
            // Left from a move that is over here, as this copy has released the shard in a later one since. It could not even
            // be begun again, so to go on with it would keep this copy busy for ever.
            _context.Propose(new TransferEntry.Drop(staged.Move));
            return;
        }

        if (_context.Order is { Command: MoveCommand.Copy } order && order.Move > staged.Move)
        {
            // It came while something was under way.
            _catchUp.Begin(order.Move, order.Term, order.Source);
            return;
        }

        if (_turn.Now - _context.HeardAt >= _turn.Config.MoveSilence)
            _commit.AskPrimary(staged);

        if (staged.Ready is { } ready)
            _commit.AskSource(staged, ready);
        else if (staged.Damage is null)
            _catchUp.Advance(staged);
    }

    /// <summary>The primary's order.</summary>
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
        _context.HeardAt = _turn.Now;
        if (order.Move > _turn.Ownership.EndedMove)
            ProposeFor(call, new TransferEntry.Drop(order.Move));
        else
            Answer(call, order.Move, MoveStep.Discarded, null);
    }

    // Whoever ordered is answered by how it stands when the entry is durable.
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
        if (entry is TransferEntry.Drop || (entry is TransferEntry.Take && _turn.Ownership.TakenMove == entry.Move))
        {
            // The log holds what was received piece by piece: no reader should have to replay that.
            _turn.Replica.CheckpointSoon();
        }
    }

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
        long total = Math.Max(done, staged?.Manifest?.Bytes ?? 0);
        _turn.Answer(call, new MoveProgress(move, step, done, total, 0, obstacle));
    }
}
