using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using OrleansShards.Core.Masters.Moves;
using OrleansShards.Grains.Diagnostics;

namespace OrleansShards.Grains.Nodes;

/// <summary>
/// A primary's log for operators: a line for each change of term, switchover that was not taken, change of groups and members, and move.
/// What happened before this leadership, its predecessor has logged.
/// </summary>
internal sealed partial class MasterJournal(MasterState state, ILogger logger)
{
    private readonly Dictionary<MoveId, ShardMove> _open = [];
    private ImmutableArray<GroupId> _members = [];
    private ImmutableArray<GroupId> _groups = [];
    private PendingSwitchover? _switchover;
    private Term _term;

    /// <summary>Called while this master leads, as often as something may have changed.</summary>
    internal void Look(Term term)
    {
        if (term != _term)
        {
            _term = term;
            _members = state.Members;
            _groups = state.Groups;
            _switchover = null;
            _open.Clear();
            foreach (ShardMove move in state.ActiveMoves.Values)
                _open.Add(move.Id, move);
        }

        LookAtMembers();
        LookAtSwitchover();
        LookAtMoves();
    }

    /// <summary>Logs a change of term, with the phases that are known.</summary>
    internal void TookOver(TakeoverRecord taken)
    {
        bool isPlanned = taken.Reason is TakeoverReason.Requested or TakeoverReason.Switchover or TakeoverReason.Restarted;
        TakeoverPhases phases = taken.Phases;
        string before = InWords(taken);
        string times = $"detected in {Milliseconds(phases.DetectUs)}, caught up in {Milliseconds(phases.CatchUpUs)}, "
            + $"fenced in {Milliseconds(phases.FenceUs)}, promoted in {Milliseconds(phases.PromoteUs)}, "
            + $"groups redirected in {Milliseconds(phases.RedirectUs)}";
        LogTerm(isPlanned ? LogLevel.Information : LogLevel.Warning, taken.Term, taken.To, before, taken.EntriesReplayed, times);
    }

    private static string InWords(TakeoverRecord taken) => taken.Reason switch
    {
        TakeoverReason.HeartbeatsMissed => $"{taken.From}, whose heartbeats were missing",
        TakeoverReason.Requested => $"{taken.From}, on request",
        TakeoverReason.Switchover => $"{taken.From}, by a switchover",
        TakeoverReason.Resumed => $"{taken.From}, in a takeover that its crash had interrupted",
        TakeoverReason.Restarted => "its own restart",
        TakeoverReason.Regained => "it had stopped itself, as its log did not answer",
    };

    private void LookAtMembers()
    {
        if (_groups.Except(state.Groups).ToArray() is { Length: > 0 } forgotten)
            LogForgotten(string.Join(", ", forgotten));

        _groups = state.Groups;
        if (state.Members.SequenceEqual(_members))
            return;

        string joined = string.Join(", ", state.Members.Except(_members));
        string left = string.Join(", ", _members.Except(state.Members));
        _members = state.Members;
        LogMembers(joined.Length > 0 ? joined : "none", left.Length > 0 ? left : "none", string.Join(", ", _members), state.MapEpoch);
    }

    // The primary that goes on in its term is the one that cancelled.
    private void LookAtSwitchover()
    {
        if (_switchover is { } offered && state.Switchover is null)
            LogSwitchoverCancelled(_term, offered.To);

        _switchover = state.Switchover?.Term == _term ? state.Switchover : null;
    }

    private void LookAtMoves()
    {
        foreach (ShardMove move in state.ActiveMoves.Values.Where(move => !_open.ContainsKey(move.Id)))
            LogBegun(move.Id, move.Shard, move.Source, move.Target, move.UndoOf > MoveId.None ? $", back from move {move.UndoOf}" : "");

        foreach (ShardMove move in _open.Values.Where(move => state.ActiveMoves.GetValueOrDefault(move.Shard.Value)?.Id != move.Id))
            LookAtEnd(move);

        _open.Clear();
        foreach (ShardMove move in state.ActiveMoves.Values)
            _open.Add(move.Id, move);
    }

    private void LookAtEnd(ShardMove move)
    {
        if (state.CommittedMoves.GetValueOrDefault(move.Shard.Value) is { Receipt: { } receipt } committed && committed.Id == move.Id)
        {
            string pause = Milliseconds(committed.PauseUs);
            LogEnded(move.Id, move.Shard, move.Source, move.Target, receipt.Keys, receipt.Sessions, receipt.Bytes, pause);
        }
        else if (state.AbortedMoves.GetValueOrDefault(move.Shard.Value) is { } aborted && aborted.Id == move.Id)
        {
            LogAborted(move.Id, move.Shard, move.Source, move.Target, aborted.Text);
        }
    }

    private static string Milliseconds(long? us) =>
        us is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known / 1e3:0.0} ms") : "an unknown time";

    [LoggerMessage(EventId = LogEvents.TermChanged,
        Message = "term {Term}: {Primary} leads after {Before}; {Entries} entries replayed, {Times}")]
    private partial void LogTerm(LogLevel level, Term term, MasterName primary, string before, long entries, string times);

    [LoggerMessage(LogEvents.SwitchoverCancelled, LogLevel.Warning,
        "the switchover to {To} was not taken: the primary goes on in term {Term}")]
    private partial void LogSwitchoverCancelled(Term term, MasterName to);

    [LoggerMessage(LogEvents.MembersChanged, LogLevel.Information,
        "groups joined: {Joined}; left: {Left}; members are {Members} since epoch {Epoch}")]
    private partial void LogMembers(string joined, string left, string members, Epoch epoch);

    [LoggerMessage(LogEvents.GroupsForgotten, LogLevel.Information, "forgotten: {Groups}")]
    private partial void LogForgotten(string groups);

    [LoggerMessage(LogEvents.MoveBegun, LogLevel.Information, "move {Move} of shard {Shard} from {Source} to {Target} has begun{Undo}")]
    private partial void LogBegun(MoveId move, ShardId shard, GroupId source, GroupId target, string undo);

    [LoggerMessage(LogEvents.MoveEnded, LogLevel.Information,
        "move {Move} of shard {Shard} from {Source} to {Target} has ended: {Keys} keys, "
        + "{Sessions} sessions, {Bytes} bytes; its writes paused for {Pause}")]
    private partial void LogEnded(
        MoveId move, ShardId shard, GroupId source, GroupId target, long keys, long sessions, long bytes, string pause);

    [LoggerMessage(LogEvents.MoveAborted, LogLevel.Information,
        "move {Move} of shard {Shard} from {Source} to {Target} was given up: {Reason}")]
    private partial void LogAborted(MoveId move, ShardId shard, GroupId source, GroupId target, string? reason);
}
