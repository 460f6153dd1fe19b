using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// The catch-up of a move's target: receives the source's log, has the source sealed near the log's end, and is ready when it
/// has the seal's last record and the content that the source reports. After a seal that failed it backs off, because clients
/// have waited for nothing.
/// </summary>
internal sealed class CatchUp(ShardTurn turn, TargetContext context)
{
    private const int BackOffDoublingsMax = 4;

    private readonly SourceTail _tail = new(turn, context);
    private MoveSealed? _seal;
    private Instant _mayAskAt;
    private int _failedSeals;
    private (MoveId Move, Instant From) _sealed;
    private (MoveId Move, long Us) _pause;
    private (Staging? Of, long? Bytes) _size;

    /// <summary>Whether the source holds writes for this target, as far as the target knows.</summary>
    internal bool IsSealed => _seal is not null;

    internal bool IsNearEnd => _tail.IsNearEnd;

    /// <summary>The pause of a move, in microseconds; 0 where this run has not measured it.</summary>
    internal long PauseUsOf(MoveId move) => _pause.Move == move ? _pause.Us : 0;

    /// <summary>The bytes of the source's log as the source has told, when this copy began to receive it; null where it has not.</summary>
    internal long? SourceBytesOf(Staging staged) => _size.Of == staged ? _size.Bytes : null;

    internal void OnLeadershipStarted()
    {
        _seal = null;
        _size = default;
        _tail.Reset();
    }

    internal bool OnCompletion(StoreCompletion completion) => _tail.OnCompletion(completion);

    internal void Begin(MoveId move, Term term, GroupId source, LogRestart restart = default)
    {
        _seal = null;
        _tail.ReadManifest(move, term, source, restart);
    }

    internal void Advance(Staging staged)
    {
        // The source serves again: its pause limit expired.
        if (staged.Copy.Ownership.Epoch > _seal?.Granted)
            OnSealFailed();

        if (MoveRules.IsSealedFor(staged.Copy.Ownership, staged.Move, _seal?.Granted ?? Epoch.None))
        {
            Compare(staged, _seal!);
            return;
        }

        if (_seal is null && _tail.IsNearEnd && turn.Now >= _mayAskAt)
            AskToSeal(staged);

        if (_size.Of != staged)
            AskSize(staged);

        _tail.Read(staged, restart: because => Begin(staged.Move, context.TermOf(staged), staged.Source, because));
    }

    internal void OnApplied(TransferEntry.OfMove entry)
    {
        switch (entry)
        {
            case TransferEntry.Unready:
                OnSealFailed();
                break;
            case TransferEntry.Begin or TransferEntry.DiscardStaging:
                _seal = null;
                _failedSeals = 0;
                _tail.Relax();
                break;
            case TransferEntry.Take when turn.Ownership.TakenMove == entry.Move:
                _seal = null;
                if (_sealed.Move == entry.Move && _pause.Move != entry.Move)
                    _pause = (entry.Move, (long)(turn.Now - _sealed.From).TotalMicroseconds);

                break;
        }
    }

    // Once, for the operator: a log without a checkpoint does not say how long it is. A source that is silent is asked no second time.
    private void AskSize(Staging staged)
    {
        _size = (staged, null);
        context.CallSource(staged, new QueryShardSize(), reply =>
        {
            if (reply is ShardSize size && _size.Of == staged)
                _size = (staged, size.LogBytes);
        });
    }

    private void AskToSeal(Staging staged)
    {
        _mayAskAt = turn.Now + turn.Config.RetryInterval;
        Instant askedAt = turn.Now;
        context.CallSource(staged, new SealForMove(context.TermOf(staged), staged.Move, turn.Self), reply =>
        {
            if (reply is MoveSealed sealedNow && sealedNow.Move == staged.Move && context.Staged == staged)
            {
                // The source may have held writes since it was asked.
                _sealed = (staged.Move, askedAt);
                _seal = sealedNow;
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

        // Impossible unless the logs differ: the target must not be ready. The source serves again when its pause limit expires.
        OnSealFailed();
        context.Obstacle = $"received {staged.Copy.Receipt()}, sealed was {seal.Receipt}";
        turn.Alarm($"move {staged.Move} of shard {turn.Config.Shard}: {context.Obstacle}");
    }

    private void OnSealFailed()
    {
        _seal = null;
        _tail.Relax();
        _mayAskAt = turn.Now + (turn.Config.MoveSealRetry * (1 << Math.Min(_failedSeals, BackOffDoublingsMax)));
        _failedSeals++;
    }
}
