using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Migration;

/// <summary>
/// The target's side of a move: takes the primary's orders, and brings what is received to its decision. What is received
/// from where: <see cref="SourceTail"/>.
/// </summary>
/// <remarks>
/// All that it must not forget is in its log (<see cref="Staging"/>): after a crash it goes on from there, and learns
/// what it does not know by asking the source and the primary again.
/// </remarks>
internal sealed class MoveTarget
{
    private readonly ShardTurn _turn;
    private readonly PrimaryQuestions _primary;
    private readonly Func<bool> _leads;
    private readonly SourceTail _tail;
    private readonly SealPatience _patience;
    private MoveSealed? _seal;
    private DriveMove? _order;
    private Instant _orderedAt;
    private bool _isBusy;
    private bool _isAskingPrimary;
    private int _leadership;

    internal MoveTarget(ShardTurn turn, PrimaryQuestions primary, Func<bool> leads)
    {
        (_turn, _primary, _leads) = (turn, primary, leads);
        _tail = new SourceTail(turn);
        _patience = new SealPatience(turn);
    }

    private Staging? Staged => _turn.State.Staging;

    /// <summary>What waits for a completion of the store.</summary>
    internal bool Completed(Wal.StoreCompletion completion) => _tail.Completed(completion);

    /// <summary>A new leadership: what was under way is not.</summary>
    internal void Led()
    {
        _leadership++;
        (_seal, _order, _isBusy, _isAskingPrimary) = (null, null, false, false);
        _orderedAt = _turn.Now;
        _tail.Forget();
    }

    /// <summary>The primary's order.</summary>
    internal void Order(Event.Called call, DriveMove order)
    {
        if (order.Term < (_order?.Term ?? Term.None))
        {
            _turn.Answer(call, Refusals.WrongState(
                _turn.Standing, $"the order is of term {order.Term}, and one of term {_order!.Term} is carried out"));
            return;
        }

        switch (order.Order)
        {
            case MoveOrder.Copy:
                Copy(call, order);
                break;
            case MoveOrder.Commit:
                Commit(call, order);
                break;
            case MoveOrder.Abort:
                Abort(call, order);
                break;
        }
    }

    /// <summary>Does what is to be done next. Called after each step.</summary>
    internal void Look()
    {
        _tail.Expire();
        if (!_leads() || Staged is not { } staged || _isBusy)
        {
            return;
        }

        if (_turn.Now - _orderedAt >= _turn.Config.MoveSilence)
        {
            AskPrimary(staged);
        }

        if (staged.Ready is { } ready)
        {
            AskSource(staged, ready);
        }
        else if (staged.Damage is null)
        {
            Receive(staged);
        }
    }

    private void Copy(Event.Called call, DriveMove order)
    {
        ShardStanding standing = _turn.Standing;
        if (standing.TakenMove == order.Move)
        {
            AnswerTaken(call, order.Move);
            return;
        }

        if (MoveRules.Stale(standing, order.Term) is { } stale)
        {
            _turn.Answer(call, stale);
        }
        else if (order.Move <= standing.EndedMove || order.Move < Staged?.Move)
        {
            _turn.Answer(call, Refusals.WrongState(standing, $"move {order.Move} is over here", standing.Other));
        }
        else if (standing.Phase is not (ShardPhase.None or ShardPhase.Released))
        {
            Answer(call, order.Move, MoveStep.Failed, "the target has the shard already");
        }
        else
        {
            (_order, _orderedAt) = (order, _turn.Now);
            if (Staged?.Move != order.Move && !_isBusy)
            {
                Begin(order);
            }

            AnswerProgress(call, order.Move);
        }
    }

    private void Begin(DriveMove order)
    {
        _seal = null;
        _isBusy = true;
        _tail.ReadManifest(order.Source, manifest => Propose(
            new MoveEntry.Begin(order.Move, order.Term, order.Source, manifest)), () => _isBusy = false);
    }

    private void Receive(Staging staged)
    {
        if (staged.Copy.Standing.Epoch > _seal?.Granted)
        {
            // The source serves again: its patience was over.
            SealedInVain();
        }

        if (MoveRules.IsSealedFor(staged.Copy.Standing, staged.Move, _seal?.Granted ?? Epoch.None))
        {
            Compare(staged, _seal!);
            return;
        }

        if (_seal is null && _tail.IsNearEnd && _patience.MayAsk)
        {
            AskToSeal(staged);
        }

        _isBusy = _tail.Read(staged, Propose, () => Begin(OrderOf(staged)), () => _isBusy = false);
    }

    private DriveMove OrderOf(Staging staged) => _order is { } order && order.Move == staged.Move
        ? order
        : new DriveMove(staged.Term, staged.Move, staged.Source, _turn.Self, MoveOrder.Copy, Epoch.None);

    private void AskToSeal(Staging staged)
    {
        _patience.Asked();
        Instant askedAt = _turn.Now;
        CallSource(staged, new SealForMove(OrderOf(staged).Term, staged.Move, _turn.Self), reply =>
        {
            if (reply is MoveSealed sealedNow && sealedNow.Move == staged.Move && Staged == staged)
            {
                _seal = sealedNow;
                _patience.Sealed(staged.Move, askedAt);
                _tail.Hurry();
            }
            else if (reply is ShardRefusal refusal)
            {
                _tail.Obstacle = refusal.Text;
            }
        });
    }

    private void Compare(Staging staged, MoveSealed seal)
    {
        if (staged.Copy.Receipt() == seal.Receipt)
        {
            Propose(new MoveEntry.Ready(staged.Move, seal.Granted, seal.Receipt));
            return;
        }

        // Cannot be, or the logs would differ: never an OK. The source serves again when its time is up.
        SealedInVain();
        _tail.Obstacle = $"received {staged.Copy.Receipt()}, sealed was {seal.Receipt}";
        _turn.Alarm($"move {staged.Move} of shard {_turn.Config.Shard}: {_tail.Obstacle}");
    }

    private void AskSource(Staging staged, (Epoch Granted, MoveReceipt Receipt) ready)
    {
        _isBusy = true;
        CallSource(staged, new MoveReady(staged.Move, ready.Granted, ready.Receipt), reply =>
        {
            if (reply is MoveDecided decided && decided.Move == staged.Move && decided.Granted == ready.Granted)
            {
                _isBusy = false;
                Decided(decided);
                return;
            }

            // Not sealed any more, or not heard of: the primary knows.
            Free(_leadership, _turn.Config.RetryInterval);
            AskPrimary(staged);
        });
    }

    private void AskPrimary(Staging staged)
    {
        if (_isAskingPrimary)
        {
            return;
        }

        _isAskingPrimary = true;
        int leadership = _leadership;
        Epoch promised = staged.Ready?.Granted ?? Epoch.None;
        _primary.Ask(new QueryMoveDecision(_turn.Config.Shard, staged.Move), _turn.Config.CallWait, reply =>
        {
            if (leadership != _leadership)
            {
                return;
            }

            _isAskingPrimary = false;
            _orderedAt = reply is null ? _orderedAt : _turn.Now;
            if (reply is MoveDecided decided && decided.Move == staged.Move && Staged == staged
                && (decided.Verdict == MoveVerdict.Aborted || decided.Granted == promised))
            {
                Decided(decided);
            }
        });
    }

    private void Decided(MoveDecided decided) => Propose(decided.Verdict switch
    {
        MoveVerdict.Committed => new MoveEntry.Take(decided.Move, decided.Granted),
        MoveVerdict.Cancelled => new MoveEntry.Unready(decided.Move, decided.Granted),
        MoveVerdict.Aborted => new MoveEntry.Drop(decided.Move),
    });

    private void Commit(Event.Called call, DriveMove order)
    {
        (_order, _orderedAt) = (order, _turn.Now);
        if (_turn.Standing.TakenMove == order.Move)
        {
            AnswerTaken(call, order.Move);
        }
        else if (Staged is { } staged && staged.Move == order.Move && staged.Ready?.Granted == order.Granted)
        {
            Then(call, order, new MoveEntry.Take(order.Move, order.Granted));
        }
        else
        {
            bool isPast = _turn.Standing.EndedMove > order.Move || _turn.Standing.Epoch > order.Granted;
            Answer(call, order.Move, isPast ? MoveStep.Serving : MoveStep.Failed, isPast ? null : "the target was never ready");
        }
    }

    private void Abort(Event.Called call, DriveMove order)
    {
        _orderedAt = _turn.Now;
        if (order.Move > _turn.Standing.EndedMove)
        {
            Then(call, order, new MoveEntry.Drop(order.Move));
        }
        else
        {
            Answer(call, order.Move, MoveStep.Discarded, null);
        }
    }

    // Whoever ordered is answered by how it stands when the entry is durable.
    private void Then(Event.Called call, DriveMove order, MoveEntry entry) => _turn.Propose(
        entry,
        _ =>
        {
            Ended(entry);
            if (_turn.Standing.TakenMove == order.Move)
            {
                AnswerTaken(call, order.Move);
            }
            else
            {
                Answer(call, order.Move, Staged is null ? MoveStep.Discarded : MoveStep.Frozen, null);
            }
        },
        refusal => _turn.Answer(call, refusal));

    private void Propose(MoveEntry entry)
    {
        int leadership = _leadership;
        _isBusy = true;
        _turn.Propose(
            entry,
            outcome =>
            {
                _tail.Obstacle = (outcome as ShardRefusal)?.Text;
                Free(leadership, outcome is ShardRefusal ? _turn.Config.RetryInterval : TimeSpan.Zero);
                Ended(entry);
            },
            _ => Free(leadership, TimeSpan.Zero));
    }

    // What the log has refused is not proposed again at once: it would be, for ever.
    private void Free(int leadership, TimeSpan after)
    {
        if (after > TimeSpan.Zero)
        {
            _turn.After(after, () => Free(leadership, TimeSpan.Zero));
        }
        else if (leadership == _leadership)
        {
            _isBusy = false;
        }
    }

    private void Ended(MoveEntry entry)
    {
        if (entry is MoveEntry.Unready)
        {
            SealedInVain();
        }
        else if (entry is MoveEntry.Begin or MoveEntry.Drop)
        {
            _seal = null;
            _patience.Forget();
            _tail.Relax();
        }

        if (entry is MoveEntry.Take && _turn.Standing.TakenMove == entry.Move)
        {
            _seal = null;
            _patience.Served(entry.Move);

            // The log holds what was received piece by piece: no reader should have to replay that.
            _turn.Replica.CheckpointSoon();
        }
        else if (entry is MoveEntry.Drop)
        {
            _turn.Replica.CheckpointSoon();
        }
    }

    private void SealedInVain()
    {
        _seal = null;
        _tail.Relax();
        _patience.InVain();
    }

    private void CallSource(Staging staged, Message request, Action<Message?> then)
    {
        int leadership = _leadership;
        _turn.Call(NodeAddress.Of(staged.Source, _turn.Config.Shard), request, _turn.Config.CallWait, reply =>
        {
            if (leadership == _leadership)
            {
                then(reply);
            }
        });
    }

    private void AnswerProgress(Event.Called call, MoveId move)
    {
        Staging? staged = Staged?.Move == move ? Staged : null;
        if (staged?.Damage is { } damage)
        {
            Answer(call, move, MoveStep.Failed, damage);
        }
        else if (staged is { Ready: null, Copy.Standing: { Phase: ShardPhase.Released } gone } && _tail.IsNearEnd)
        {
            Answer(call, move, MoveStep.Failed, $"the source has given the shard to {gone.Other}");
        }
        else
        {
            Answer(call, move, staged?.Ready is not null || _seal is not null ? MoveStep.Frozen : MoveStep.Copying, _tail.Obstacle);
        }
    }

    private void AnswerTaken(Event.Called call, MoveId move) => _turn.Answer(call, new MoveProgress(
        move, MoveStep.Serving, 0, 0, _patience.PauseUsOf(move), null));

    private void Answer(Event.Called call, MoveId move, MoveStep step, string? obstacle)
    {
        Staging? staged = Staged?.Move == move ? Staged : null;
        long done = staged?.Bytes ?? 0;
        long total = Math.Max(done, staged?.Manifest?.Bytes ?? 0);
        _turn.Answer(call, new MoveProgress(move, step, done, total, 0, obstacle));
    }
}
