using OrleansShards.Core.Masters;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Tells the primary who has the shard, after each change and once whenever this copy begins to lead: a report that a
/// crash has swallowed is made up for at the next start, without a record of its own in the log. Serving never waits
/// for it; until the master has heard it, redirects and tombstones lead to the owner.
/// </summary>
internal sealed class OwnerReports(ShardTurn turn, PrimaryQuestions primary, Func<bool> leads)
{
    private (GroupId Owner, Epoch Epoch)? _reported;
    private bool _isAsking;

    /// <summary>A new leadership: what an earlier run or term has reported is not known.</summary>
    internal void OnLeadershipStarted() => _reported = null;

    /// <summary>Reports what has changed. Called after each step.</summary>
    internal void Advance()
    {
        if (_isAsking || !leads() || Current() is not { } current || current == _reported)
            return;

        _isAsking = true;
        bool isEmpty = turn.Ownership.Release == ReleaseReason.Empty;
        ReportOwner report = new(turn.Config.Shard, current.Owner, current.Epoch, isEmpty);
        primary.Ask(report, turn.Config.ShardWait, reply =>
        {
            _reported = reply is ShardOwner ? current : _reported;
            if (reply is ShardOwner)
                _isAsking = false;
            else
                turn.After(turn.Config.CallWait, () => _isAsking = false);
        });
    }

    private (GroupId Owner, Epoch Epoch)? Current() => turn.Ownership.Phase switch
    {
        TransferPhase.None => null,
        TransferPhase.Released => (turn.Ownership.Other!.Value, turn.Ownership.Epoch),
        TransferPhase.Serving or TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.Moving =>
            (turn.Self, turn.Ownership.Epoch),
    };
}
