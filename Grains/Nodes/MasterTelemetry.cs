using OrleansShards.Core.Masters.Moves;
using OrleansShards.Grains.Diagnostics;

namespace OrleansShards.Grains.Nodes;

/// <summary>
/// What a primary has to tell: its shadow's lag once a second, and each takeover that made it primary, once. In turns of
/// its grain.
/// </summary>
internal sealed class MasterTelemetry(NodeShell shell, ShardsMetrics metrics, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long a takeover may stand in the log without its redirect phase before it is told without.</summary>
    private static readonly TimeSpan RedirectLimit = TimeSpan.FromSeconds(5);

    private readonly MasterNode _node = (MasterNode)shell.Node;
    private readonly long _startedAt = clock.GetTimestamp();
    private Term _told;
    private bool _hasSeen;
    private TimeSpan _lookedAt;
    private TimeSpan? _foundAt;
    private readonly Dictionary<int, MoveId> _ended = [];
    private bool _hasSeenMoves;

    /// <summary>Looks, if it is time.</summary>
    internal void Look()
    {
        TimeSpan now = clock.GetElapsedTime(_startedAt);
        if (now - _lookedAt < Interval || _node.Role != LogRole.Leading)
            return;

        _lookedAt = now;
        LookForTakeover(now);
        LookForMoves();
        _ = LookAtLagAsync();
    }

    private void LookForTakeover(TimeSpan now)
    {
        TakeoverRecord? newest = _node.State.NewestTakeover;
        if (!_hasSeen)
        {
            // What is older than this activation's leadership was told by whoever led then.
            _hasSeen = true;
            _told = newest is { } first && first.To.Value == _node.Address.Name && first.Term == _node.Applied.Term
                ? default
                : newest?.Term ?? default;
        }

        if (newest is null || newest.Term <= _told || newest.To.Value != _node.Address.Name)
            return;

        _foundAt ??= now;
        if (newest.Phases.RedirectUs is not null || now - _foundAt > RedirectLimit)
        {
            _told = newest.Term;
            _foundAt = null;
            metrics.TookOver(newest);
        }
    }

    private void LookForMoves()
    {
        MasterState state = _node.State;
        metrics.MovesUnderWay(state.ActiveMoves.Count);
        foreach (ShardMove move in state.CommittedMoves.Values)
        {
            bool isNew = _ended.GetValueOrDefault(move.Shard.Value) != move.Id;
            _ended[move.Shard.Value] = move.Id;
            if (isNew && _hasSeenMoves)
                metrics.Moved(move.PauseUs);
        }

        // What had ended before this activation led was told by whoever led then.
        _hasSeenMoves = true;
    }

    private async Task LookAtLagAsync()
    {
        try
        {
            if (await shell.Ask<MasterReply>(new QueryShadowStatus()) is ShadowStatusReply status)
                metrics.Lag(status.LagEntries, status.LagBytes, status.LagMs);
        }
        catch (NodeStoppedException)
        {
            // The node has stopped, which is told elsewhere.
        }
    }
}
