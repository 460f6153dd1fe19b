using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// The catch-up of a move's target: receives the source's log, has the source sealed when it is near the end, and is ready
/// when it has the seal's last record and the content that the source says it has.
/// </summary>
internal sealed class CatchUp(ShardTurn turn, TargetContext context)
{
    private readonly SourceTail _tail = new(turn, context);
    private readonly SealTimeout _timeout = new(turn);
    private MoveSealed? _seal;

    /// <summary>Whether the source holds writes for this target, as far as it knows.</summary>
    internal bool IsSealed => _seal is not null;

    /// <summary>Whether the last read found less than what is worth another round before the seal.</summary>
    internal bool IsNearEnd => _tail.IsNearEnd;

    /// <summary>The pause of a move, in microseconds; 0 where this run has not measured it.</summary>
    internal long PauseUsOf(MoveId move) => _timeout.PauseUsOf(move);

    internal void OnLeadershipStarted()
    {
        _seal = null;
        _tail.Forget();
    }

    /// <summary>Whether the completion was of a request of its own.</summary>
    internal bool OnCompletion(StoreCompletion completion) => _tail.OnCompletion(completion);

    /// <summary>Gives up what the store does not answer.</summary>
    internal void Expire() => _tail.Expire();

    /// <summary>Begins to receive, or begins anew.</summary>
    internal void Begin(MoveId move, Term term, GroupId source)
    {
        _seal = null;
        _tail.ReadManifest(move, term, source);
    }

    /// <summary>Does what is to be done next.</summary>
    internal void Advance(Staging staged)
    {
        if (staged.Copy.Ownership.Epoch > _seal?.Granted)
        {
            // The source serves again: its patience was over.
            OnSealFailed();
        }

        if (MoveRules.IsSealedFor(staged.Copy.Ownership, staged.Move, _seal?.Granted ?? Epoch.None))
        {
            Compare(staged, _seal!);
            return;
        }

        if (_seal is null && _tail.IsNearEnd && _timeout.MayAsk)
            AskToSeal(staged);

        _tail.Read(staged, restart: () => Begin(staged.Move, context.TermOf(staged), staged.Source));
    }

    internal void OnApplied(TransferEntry.OfMove entry)
    {
        switch (entry)
        {
            case TransferEntry.Unready:
                OnSealFailed();
                break;
            case TransferEntry.Begin or TransferEntry.Drop:
                _seal = null;
                _timeout.Forget();
                _tail.Relax();
                break;
            case TransferEntry.Take when turn.Ownership.TakenMove == entry.Move:
                _seal = null;
                _timeout.Served(entry.Move);
                break;
        }
    }

    private void AskToSeal(Staging staged)
    {
        _timeout.Asked();
        Instant askedAt = turn.Now;
        context.CallSource(staged, new SealForMove(context.TermOf(staged), staged.Move, turn.Self), reply =>
        {
            if (reply is MoveSealed sealedNow && sealedNow.Move == staged.Move && context.Staged == staged)
            {
                _seal = sealedNow;
                _timeout.Sealed(staged.Move, askedAt);
                _tail.Hurry();
            }
            else if (reply is ShardRefusal refusal)
            {
                context.Obstacle = refusal.Text;
            }
        });
    }

    private void Compare(Staging staged, MoveSealed seal)
    {
        if (staged.Copy.Receipt() == seal.Receipt)
        {
            context.Propose(new TransferEntry.Ready(staged.Move, seal.Granted, seal.Receipt));
            return;
        }

        // Cannot be, or the logs would differ: never an OK. The source serves again when its time is up.
        OnSealFailed();
        context.Obstacle = $"received {staged.Copy.Receipt()}, sealed was {seal.Receipt}";
        turn.Alarm($"move {staged.Move} of shard {turn.Config.Shard}: {context.Obstacle}");
    }

    private void OnSealFailed()
    {
        _seal = null;
        _tail.Relax();
        _timeout.OnSealFailed();
    }
}
