namespace OrleansShards.Core.Shards;

/// <summary>
/// Operations that reach a copy whose hand-over was granted to the target. The answer depends on whether the target has taken
/// the shard, which only the target knows: it is asked one question at a time, for all operations that wait.
/// </summary>
/// <remarks>
/// Why a read that is answered after "not taken" is linearizable: the operation was here before the target was asked, and
/// since it arrived this copy's log has proved that the copy is still sealed. At the moment of that proof the target had not
/// taken the shard either (a taken shard stays taken, or is discarded only where no client wrote), so nobody had written. An
/// operation that arrives while a question is under way waits for the next one: the target may have answered before it came.
/// </remarks>
internal sealed class SealedReads(ShardTurn turn, Action<Event.Called> again)
{
    private List<Event.Called> _waiting = [];
    private bool _isAsking;

    internal void Ask(Event.Called call)
    {
        if (_waiting.Count >= turn.Config.WaitingMax)
        {
            turn.Answer(call, Refusals.NotReady(turn.Ownership, "too many wait for the target's answer"));
            return;
        }

        _waiting.Add(call);
        if (!_isAsking)
            AskTarget();
    }

    private void AskTarget()
    {
        List<Event.Called> asking = _waiting;
        _waiting = [];
        _isAsking = true;
        Epoch granted = turn.Ownership.Granted;
        turn.CallCopy(turn.Ownership.Other!.Value, new QueryServing(granted), turn.Config.KeyTimeout, reply =>
        {
            _isAsking = false;
            asking.ForEach(call => AnswerOrRedirect(call, granted, reply as ServingReply));
            AskForTheRest();
        });
    }

    private void AskForTheRest()
    {
        if (_isAsking || _waiting.Count == 0)
            return;

        if (turn.Ownership.Phase is TransferPhase.Granted or TransferPhase.Aborting)
        {
            AskTarget();
            return;
        }

        List<Event.Called> waited = _waiting;
        _waiting = [];
        waited.ForEach(again);
    }

    private void AnswerOrRedirect(Event.Called call, Epoch granted, ServingReply? reply)
    {
        ShardOwnership ownership = turn.Ownership;
        if (ownership.Phase is not (TransferPhase.Granted or TransferPhase.Aborting) || ownership.Granted != granted)
        {
            again(call);
            return;
        }

        KeyCommand command = ((KeyRequest)call.Request).Command;
        turn.Answer(call, reply switch
        {
            { Took: false } when command.Verb == KeyVerb.Read => turn.State.Read(command.Key),
            { Took: true } when ownership.Phase == TransferPhase.Granted => Refusals.Moved(ownership.Other, granted),
            _ => Refusals.NotServing(ownership),
        });
    }
}
