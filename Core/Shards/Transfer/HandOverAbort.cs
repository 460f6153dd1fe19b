namespace OrleansShards.Core.Shards;

/// <summary>
/// <c>abort_migration</c>, and its carrying on: once the log says Aborting, the target is asked until it answers, also
/// after a restart and long after the caller has gone.
/// </summary>
internal sealed class HandOverAbort(ShardTurn turn, Func<bool> leads)
{
    private readonly List<Event.Called> _waiting = [];
    private bool _isAsking;

    internal void Abort(Event.Called call)
    {
        TransferEntry.StartAbort start = new(turn.Ownership.Granted);
        Decision decision = turn.State.Decide(start);
        if (decision.Next is null)
            Started(call, decision.Outcome);
        else
            turn.Propose(start, outcome => Started(call, outcome), refusal => turn.Answer(call, refusal));
    }

    /// <summary>Goes on with what the log says is under way. Called whenever this copy begins to lead, and by itself.</summary>
    internal void Drive()
    {
        if (_isAsking || !leads() || turn.Ownership.Phase != TransferPhase.Aborting)
            return;

        _isAsking = true;
        Epoch granted = turn.Ownership.Granted;
        NodeAddress target = NodeAddress.Of(turn.Ownership.Other!.Value, turn.Config.Shard);
        turn.Call(target, new DiscardCopy(turn.Self, granted), turn.Config.CallWait, reply => OnReply(granted, reply));
    }

    private void Started(Event.Called call, Message outcome)
    {
        if (turn.Ownership.Phase != TransferPhase.Aborting || outcome is not ShardDone)
        {
            turn.Answer(call, outcome);
            return;
        }

        _waiting.Add(call);
        turn.After(turn.Config.ShardWait, () => GiveUpWaiting(call));
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

    // Not a refusal: the abort goes on, and what it will come to is not known yet.
    private void GiveUpWaiting(Event.Called call)
    {
        if (_waiting.Remove(call))
            turn.Answer(call, new ShardUnknown($"{turn.Ownership.Other} does not answer; the abort goes on"));
    }
}
