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
    private readonly MasterName _self = new(shell.Node.Address.Name);
    private readonly Dictionary<int, MoveId> _reportedMoves = [];
    private readonly Dictionary<int, MoveId> _reportedAborts = [];
    private TimeSpan _sampledAt;
    private bool _hasSampled;
    private bool _isShown;
    private bool _hasEnded;
    private Term _reportedTerm;
    private (Term Term, TimeSpan At) _seen;

    /// <summary>Samples, if this master leads and the interval has passed.</summary>
    internal void Sample()
    {
        if (_node.Role != LogRole.Leading)
        {
            Hide();
            return;
        }

        TimeSpan now = clock.GetElapsedTime(_startedAt);
        journal.Look(_node.Applied.Term);
        ReportTerm(now);
        if (now - _sampledAt < Interval)
            return;

        _sampledAt = now;
        ReportMoves();
        _hasSampled = true;
        _ = ShowAsync();
    }

    /// <summary>The activation ends: nothing more is shown of this master here.</summary>
    internal void End()
    {
        _hasEnded = true;
        Hide();
    }

    private void Hide()
    {
        if (!_isShown)
            return;

        _isShown = false;
        metrics.LeadsNoMore(_self);
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
        foreach (ShardMove move in state.CommittedMoves.Values)
        {
            bool isNew = _reportedMoves.GetValueOrDefault(move.Shard.Value) != move.Id;
            _reportedMoves[move.Shard.Value] = move.Id;

            // The primary of that time has reported what ended before this activation led.
            if (isNew && _hasSampled)
                metrics.Moved(move.PauseUs);
        }

        foreach (ShardMove move in state.AbortedMoves.Values)
        {
            bool isNew = _reportedAborts.GetValueOrDefault(move.Shard.Value) != move.Id;
            _reportedAborts[move.Shard.Value] = move.Id;
            if (isNew && _hasSampled)
                metrics.MoveAborted();
        }
    }

    private async Task ShowAsync()
    {
        try
        {
            MasterReply reply = await shell.Ask<MasterReply>(new QueryShadowStatus());
            if (reply is not ShadowStatusReply status || _hasEnded || _node.Role != LogRole.Leading)
                return;

            _isShown = true;
            metrics.Leads(_self, new PrimaryReading(status.Term, _node.State.ActiveMoves.Count, OfShadow(status)));
        }
        catch (NodeStoppedException)
        {
            // The shell has logged why.
        }
    }

    private ShadowReading? OfShadow(ShadowStatusReply status) => _node.ShadowSilence is { } silence
        ? new ShadowReading(status.LagEntries, status.LagBytes, TimeSpan.FromMilliseconds(status.LagMs), silence)
        : null;
}
