using OrleansShards.Core.Bytes;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// A copy's side of a backup and of a restore. While it receives a backup's content it asks the primary again and again how the restore
/// has ended: whoever coordinates it may be gone, and no shard may stay unserved for that.
/// </summary>
internal sealed class RestoreTarget(ShardTurn turn, FirstUse firstUse, Func<bool> isLeading)
{
    private Instant _askAt;
    private bool _isAsking;
    private int _leadership;
    private List<Event.Called> _waiting = [];

    internal void OnLeadershipStarted()
    {
        _leadership++;
        (_isAsking, _askAt) = (false, turn.Now);
    }

    /// <summary>Has a checkpoint taken for a backup. The log has proved that this copy led after the call arrived.</summary>
    internal void Checkpoint(Event.Called call, CheckpointShard request) => firstUse.EnsureOpen(call, opens: true, () =>
    {
        if (turn.Ownership.Phase == TransferPhase.Serving)
        {
            LogIndex applied = turn.Replica.Applied.Index;
            turn.Replica.CheckpointSoon(request.AtLeast > LogIndex.None && request.AtLeast < applied ? request.AtLeast : applied);
            turn.Answer(call, new ShardCheckpointed(applied, turn.Ownership.Epoch) { Obstacle = turn.Replica.CheckpointObstacle });
        }
        else
        {
            turn.Answer(call, turn.Ownership.Phase == TransferPhase.Released ? firstUse.Redirect() : Refusals.NotServing(turn.Ownership));
        }
    });

    internal void Receive(Event.Called call, RestoreShard request)
    {
        if (request.Chunk is { } chunk)
            Propose(call, new TransferEntry.RestoreChunk(request.Restore, chunk, request.Bytes));
        else
            firstUse.EnsureOpen(call, opens: true, () => Begin(call, request));
    }

    internal void End(Event.Called call, EndRestore request)
    {
        if (turn.State.Restoring != request.Restore)
        {
            turn.Answer(call, ShardDone.Instance);
        }
        else if (_waiting.Count < turn.Config.WaitingMax)
        {
            _waiting.Add(call);
            _askAt = turn.Now;
        }
        else
        {
            turn.Answer(call, Refusals.NotReady(turn.Ownership, "too many wait for the end of a restore"));
        }
    }

    /// <summary>Asks how the restore has ended, when it is time. Called after each step.</summary>
    internal void Advance()
    {
        if (_waiting.Count > 0 && (!isLeading() || turn.State.Restoring == RestoreId.None))
            AnswerWaiting();

        if (!isLeading() || _isAsking || turn.State.Restoring is not { Value: > 0 } restore || turn.Now < _askAt)
            return;

        _isAsking = true;
        int leadership = _leadership;
        turn.AskPrimary(new ChangeRestore(RestoreCommand.Query, restore, ""), turn.Config.CallTimeout, reply =>
        {
            if (leadership == _leadership)
                OnReply(restore, reply as RestoreStatus);
        });
    }

    private void Begin(Event.Called call, RestoreShard request)
    {
        CheckpointManifest manifest;
        try
        {
            manifest = CheckpointManifest.Decode(request.Bytes);
        }
        catch (CorruptDataException damage)
        {
            turn.Answer(call, Refusals.Malformed(turn.Ownership, $"the backup's shard cannot be restored: {damage.Message}"));
            return;
        }

        // Before the shard stops being served. What a first try has received is dropped, and counts no longer.
        if (turn.Full(manifest.Bytes - (turn.State.Restored?.Copy.Bytes ?? 0)) is { } full)
            turn.Answer(call, full);
        else
            Propose(call, new TransferEntry.RestoreBegin(request.Restore, request.Bytes));
    }

    private void Propose(Event.Called call, TransferEntry.OfRestore entry) => turn.Propose(
        entry, outcome => turn.Answer(call, outcome), refusal => turn.Refuse(call, refusal));

    // (1) The coordinator has the restore decided and dies; (2) the masters' log has the decision, and this copy carries it out. A restore
    // that another one has followed is over, whether it was given up or not: it can no longer be committed.
    private void OnReply(RestoreId restore, RestoreStatus? status)
    {
        bool isOver = status is not null && (status.Restore > restore
            || (status.Restore == restore && status.Phase is RestorePhase.Committed or RestorePhase.Aborted));
        if (!isOver || turn.State.Restoring != restore)
        {
            (_isAsking, _askAt) = (false, turn.Now + turn.Config.CallTimeout);
            return;
        }

        bool isCommitted = status!.Restore == restore && status.Phase == RestorePhase.Committed;
        turn.Propose(
            new TransferEntry.RestoreEnd(restore, isCommitted),
            outcome =>
            {
                (_isAsking, _askAt) = (false, turn.Now + turn.Config.CallTimeout);
                if (outcome is ShardRefusal refusal)
                    turn.Alarm(refusal.Text);
                else
                    turn.Replica.CheckpointSoon();
            },
            _ => (_isAsking, _askAt) = (false, turn.Now + turn.Config.CallTimeout));
    }

    private void AnswerWaiting()
    {
        List<Event.Called> waiting = _waiting;
        _waiting = [];
        foreach (Event.Called call in waiting)
        {
            turn.Answer(call, isLeading()
                ? ShardDone.Instance
                : Refusals.NotReady(turn.Ownership, "this copy no longer leads its log"));
        }
    }
}
