namespace OrleansShards.Core.Shards;

/// <summary>
/// <c>abort_migration</c>. Once the log says Aborting, the target is asked to discard until it answers, also after a restart
/// and after the caller has given up.
/// </summary>
internal sealed class HandOverAbort(ShardTurn turn, Func<bool> isLeading)
{
    private readonly List<Event.Called> _waiting = [];
    private bool _isAsking;

    internal void Abort(Event.Called call) =>
        turn.ProposeUnlessNoOp(new TransferEntry.StartAbort(turn.Ownership.Granted), call, outcome => OnStarted(call, outcome));

    /// <summary>Continues an abort that the log says is under way. Called whenever this copy begins to lead.</summary>
    internal void Drive()
    {
        if (_isAsking || !isLeading() || turn.Ownership.Phase != TransferPhase.Aborting)
            return;

        _isAsking = true;
        Epoch granted = turn.Ownership.Granted;
        DiscardCopy request = new(turn.Self, granted);
        turn.CallCopy(turn.Ownership.Other!.Value, request, turn.Config.CallTimeout, reply => OnReply(granted, reply));
    }

    private void OnStarted(Event.Called call, Message outcome)
    {
        if (turn.Ownership.Phase != TransferPhase.Aborting || outcome is not ShardDone)
        {
            turn.Answer(call, outcome);
            return;
        }

        _waiting.Add(call);
        turn.After(turn.Config.ShardTimeout, () => GiveUpWaiting(call));
        Drive();
    }

    private void OnReply(Epoch granted, Message? reply)
    {
        switch (reply)
        {
            case ShardDone:
                turn.Propose(new TransferEntry.FinishAbort(granted), Finish, _ => DriveLater());
                break;
            case ShardRefusal { Kind: ShardRefusalKind.WrongState }:
                turn.Propose(new TransferEntry.RefuseAbort(granted), Finish, _ => DriveLater());
                break;
            default:
                DriveLater();
                break;
        }
    }

    private void Finish(Message outcome)
    {
        _isAsking = false;
        List<Event.Called> waited = [.. _waiting];
        _waiting.Clear();
        waited.ForEach(call => turn.Answer(call, outcome));
        Drive();
    }

    private void DriveLater() => turn.After(turn.Config.RetryInterval, () =>
    {
        _isAsking = false;
        Drive();
    });

    // Not a refusal: the abort continues, and its outcome is not known yet.
    private void GiveUpWaiting(Event.Called call)
    {
        if (_waiting.Remove(call))
            turn.Answer(call, new ShardUnknown($"{turn.Ownership.Other} does not answer; the abort continues"));
    }
}
