using OrleansShards.Core.Masters.Moves;
using OrleansShards.Grains.Diagnostics;

namespace OrleansShards.Grains.Nodes;

/// <summary>A primary's metrics: its shadow's lag and its moves once a second, each takeover once. Runs in turns of its grain.</summary>
internal sealed class MasterTelemetry(NodeShell shell, ShardsMetrics metrics, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A takeover whose redirect phase is not in the log by then is reported without it.
    private static readonly TimeSpan RedirectLimit = TimeSpan.FromSeconds(5);

    private readonly MasterNode _node = (MasterNode)shell.Node;
    private readonly long _startedAt = clock.GetTimestamp();
    private readonly Dictionary<int, MoveId> _reportedMoves = [];
    private TimeSpan _sampledAt;
    private bool _hasSampled;
    private Term _reportedTerm;
    private TimeSpan? _takeoverSeenAt;

    /// <summary>Samples, if this master leads and the interval has passed.</summary>
    internal void Sample()
    {
        TimeSpan now = clock.GetElapsedTime(_startedAt);
        if (now - _sampledAt < Interval || _node.Role != LogRole.Leading)
            return;

        _sampledAt = now;
        ReportTakeover(now);
        ReportMoves();
        _hasSampled = true;
        _ = ReportLagAsync();
    }

    private void ReportTakeover(TimeSpan now)
    {
        TakeoverRecord? newest = _node.State.NewestTerm;
        if (!_hasSampled)
        {
            // The primary of that time has reported what is older than this activation's leadership.
            bool isOurs = newest?.To.Value == _node.Address.Name && newest.Term == _node.Applied.Term;
            _reportedTerm = isOurs ? default : newest?.Term ?? default;
        }

        if (newest is null || newest.Term <= _reportedTerm || newest.To.Value != _node.Address.Name)
            return;

        _takeoverSeenAt ??= now;
        if (newest.Phases.RedirectUs is not null || now - _takeoverSeenAt > RedirectLimit)
        {
            _reportedTerm = newest.Term;
            _takeoverSeenAt = null;
            metrics.TookOver(newest);
        }
    }

    private void ReportMoves()
    {
        MasterState state = _node.State;
        metrics.MovesUnderWay(state.ActiveMoves.Count);
        foreach (ShardMove move in state.CommittedMoves.Values)
        {
            bool isNew = _reportedMoves.GetValueOrDefault(move.Shard.Value) != move.Id;
            _reportedMoves[move.Shard.Value] = move.Id;

            // The primary of that time has reported what ended before this activation led.
            if (isNew && _hasSampled)
                metrics.Moved(move.PauseUs);
        }
    }

    private async Task ReportLagAsync()
    {
        try
        {
            if (await shell.Ask<MasterReply>(new QueryShadowStatus()) is ShadowStatusReply status)
                metrics.Lag(status.LagEntries, status.LagBytes, status.LagMs);
        }
        catch (NodeStoppedException)
        {
            // The shell has logged why.
        }
    }
}
