using OrleansShards.Core.Masters.Moves;
using OrleansShards.Grains.Diagnostics;

namespace OrleansShards.Grains.Nodes;

/// <summary>
/// A primary's metrics (its shadow's lag and its moves once a second, each change of term once) and its journal. Runs in turns of its
/// grain.
/// </summary>
internal sealed class MasterTelemetry(NodeShell shell, ShardsMetrics metrics, MasterJournal journal, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A change of term whose redirect phase is not in the log by then is reported without it.
    private static readonly TimeSpan RedirectLimit = TimeSpan.FromSeconds(5);

    private readonly MasterNode _node = (MasterNode)shell.Node;
    private readonly long _startedAt = clock.GetTimestamp();
    private readonly Dictionary<int, MoveId> _reportedMoves = [];
    private TimeSpan _sampledAt;
    private bool _hasSampled;
    private Term _reportedTerm;
    private (Term Term, TimeSpan At) _seen;

    /// <summary>Samples, if this master leads and the interval has passed.</summary>
    internal void Sample()
    {
        if (_node.Role != LogRole.Leading)
            return;

        TimeSpan now = clock.GetElapsedTime(_startedAt);
        journal.Look(_node.Applied.Term);
        ReportTerm(now);
        if (now - _sampledAt < Interval)
            return;

        _sampledAt = now;
        ReportMoves();
        _hasSampled = true;
        _ = ReportLagAsync();
    }

    private void ReportTerm(TimeSpan now)
    {
        // What is older than this leadership, the primary of that time has reported.
        if (_node.State.NewestTerm is not { } newest || newest.Term != _node.Applied.Term || newest.Term == _reportedTerm)
            return;

        if (_seen.Term != newest.Term)
            _seen = (newest.Term, now);

        if (newest.Phases.RedirectUs is not null || now - _seen.At > RedirectLimit)
        {
            _reportedTerm = newest.Term;
            metrics.TookOver(newest);
            journal.TookOver(newest);
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
