using OrleansShards.Core.Masters;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Reports the shard's owner to the primary, after each change and once whenever this copy begins to lead: if a crash loses a
/// report, the next start repeats it, without a record in the log. Serving never waits for a report; until the master has it,
/// redirects and tombstones lead to the owner.
/// </summary>
internal sealed class OwnerReports(ShardTurn turn, Func<bool> isLeading)
{
    private (GroupId Owner, Epoch Epoch)? _reported;
    private bool _isAsking;

    /// <summary>Forgets the last report: another run or term may have reported since.</summary>
    internal void OnLeadershipStarted() => _reported = null;

    /// <summary>Reports a change. Called after each step.</summary>
    internal void Advance()
    {
        if (_isAsking || !isLeading() || Current() is not { } current || current == _reported)
            return;

        _isAsking = true;
        bool isEmpty = turn.Ownership.Release == ReleaseReason.Empty;
        ReportOwner report = new(turn.Config.Shard, current.Owner, current.Epoch, isEmpty);
        turn.AskPrimary(report, turn.Config.ShardTimeout, reply =>
        {
            _reported = reply is ShardOwner ? current : _reported;
            if (reply is ShardOwner)
                _isAsking = false;
            else
                turn.After(turn.Config.CallTimeout, () => _isAsking = false);
        });
    }

    private (GroupId Owner, Epoch Epoch)? Current() => turn.Ownership.Phase switch
    {
        TransferPhase.None => null,
        TransferPhase.Released => (turn.Ownership.Other!.Value, turn.Ownership.Epoch),
        TransferPhase.Serving or TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.SealedForMove
            or TransferPhase.Restoring =>
            (turn.Self, turn.Ownership.Epoch),
    };
}
