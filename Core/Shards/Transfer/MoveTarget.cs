using OrleansShards.Core.Nodes;

namespace OrleansShards.Core.Shards;

/// <summary>
/// The target's side of a move: takes the primary's orders, and brings what is received to its decision. What is received
/// from where: <see cref="SourceTail"/>.
/// </summary>
/// <remarks>
/// All that it must not forget is in its log (<see cref="Staging"/>): after a crash it goes on from there, and learns
/// what it does not know by asking the source and the primary again.
/// </remarks>
internal sealed partial class MoveTarget
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

    /// <summary>Does what is to be done next. Called after each step.</summary>
    internal void Look()
    {
        _tail.Expire();
        if (!_leads() || Staged is not { } staged || _isBusy)
        {
            return;
        }

        if (staged.Move <= _turn.Standing.EndedMove)
        {
            // Left from a move that is over here, as this copy has released the shard in a later one since. It could not even
            // be begun again, so to go on with it would keep this copy busy for ever.
            Propose(new TransferEntry.Drop(staged.Move));
            return;
        }

        if (_order is { Order: MoveOrder.Copy } order && order.Move > staged.Move)
        {
            // It came while something was under way.
            Begin(order);
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

    private void Begin(DriveMove order)
    {
        _seal = null;
        _isBusy = true;
        _tail.ReadManifest(order.Source, manifest => Propose(
            new TransferEntry.Begin(order.Move, order.Term, order.Source, manifest)), () => _isBusy = false);
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
            Propose(new TransferEntry.Ready(staged.Move, seal.Granted, seal.Receipt));
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
            if (reply is MoveReadyReply { Decided: var decided } && decided.Move == staged.Move && decided.Granted == ready.Granted)
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
        MoveVerdict.Committed => new TransferEntry.Take(decided.Move, decided.Granted),
        MoveVerdict.Cancelled => new TransferEntry.Unready(decided.Move, decided.Granted),
        MoveVerdict.Aborted => new TransferEntry.Drop(decided.Move),
    });

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

    private void Ended(TransferEntry.OfMove entry)
    {
        if (entry is TransferEntry.Unready)
        {
            SealedInVain();
        }
        else if (entry is TransferEntry.Begin or TransferEntry.Drop)
        {
            _seal = null;
            _patience.Forget();
            _tail.Relax();
        }

        if (entry is TransferEntry.Take && _turn.Standing.TakenMove == entry.Move)
        {
            _seal = null;
            _patience.Served(entry.Move);

            // The log holds what was received piece by piece: no reader should have to replay that.
            _turn.Replica.CheckpointSoon();
        }
        else if (entry is TransferEntry.Drop)
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
