namespace OrleansShards.Core.Shards;

/// <summary>
/// The commit at a move's target: what is ready was promised, and only the masters' log ends it. The source, which is
/// sealed, has it decided; where the source does not know, the primary does.
/// </summary>
internal sealed class MoveCommit(ShardTurn turn, PrimaryQuestions primary, TargetContext context)
{
    private bool _isAskingPrimary;

    internal void OnLeadershipStarted() => _isAskingPrimary = false;

    internal void AskSource(Staging staged, (Epoch Granted, MoveReceipt Receipt) ready)
    {
        context.Begin();
        context.CallSource(staged, new MoveReady(staged.Move, ready.Granted, ready.Receipt), reply =>
        {
            if (reply is MoveReadyReply { Decided: var decided } && decided.Move == staged.Move && decided.Granted == ready.Granted)
            {
                context.End();
                OnDecided(decided);
                return;
            }

            // Not sealed any more, or not heard of: the primary knows.
            context.EndLater();
            AskPrimary(staged);
        });
    }

    /// <summary>Asks what has become of the move, whether it is ready or not.</summary>
    internal void AskPrimary(Staging staged)
    {
        if (_isAskingPrimary)
            return;

        _isAskingPrimary = true;
        Epoch promised = staged.Ready?.Granted ?? Epoch.None;
        QueryMoveDecision question = new(turn.Config.Shard, staged.Move);
        primary.Ask(question, turn.Config.CallWait, context.InThisLeadership(reply =>
        {
            _isAskingPrimary = false;
            context.HeardAt = reply is null ? context.HeardAt : turn.Now;
            if (reply is MoveDecided decided && decided.Move == staged.Move && context.Staged == staged
                && (decided.Decision == MoveDecision.Aborted || decided.Granted == promised))
            {
                OnDecided(decided);
            }
        }));
    }

    private void OnDecided(MoveDecided decided) => context.Propose(decided.Decision switch
    {
        MoveDecision.Committed => new TransferEntry.Take(decided.Move, decided.Granted),
        MoveDecision.Cancelled => new TransferEntry.Unready(decided.Move, decided.Granted),
        MoveDecision.Aborted => new TransferEntry.Drop(decided.Move),
    });
}
