using System.Collections.Immutable;
using System.Globalization;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;

namespace OrleansShards.Silo.Api;

/// <summary>Moves, groups and history, from what the primary answers.</summary>
internal static class MoveViews
{
    internal static MovesView Moves(ClusterStatusReply status, TimeSpan undoWindow, DateTimeOffset now)
    {
        long? pauseMs = PredictedPauseMs(status);
        return new MovesView(
            [.. status.Moves.Select(move => Running(move, pauseMs))],
            [.. Ended(status).AsEnumerable().Reverse().Select(move => Finished(move, status, undoWindow, now))]);
    }

    internal static GroupsView Groups(ClusterStatusReply status, ClusterReader cluster, int shardCount) => new(
    [
        .. status.Config.Groups.Zip(status.GroupHeartbeatAgesMs, (group, age) => new GroupView(
            group.Value,
            status.Members.Contains(group),
            status.Config.Shards.Count(shard => shard.Value == group),
            Enumerable.Range(0, shardCount).Count(shard => WantedAt(status, shard) == group),
            SilosOf(group, status, cluster),
            age)),
    ])
    {
        Announced = [.. (status.Announced ?? []).Select(static group => group.Value)],
    };

    internal static HistoryView History(ClusterStatusReply status, TimeSpan undoWindow, DateTimeOffset now, int limit)
    {
        IEnumerable<HistoryEvent> terms = status.Takeovers.Select(static taken => new HistoryEvent("term", taken.At, TextOf(taken))
        {
            Term = Change(taken),
        });
        IEnumerable<HistoryEvent> moves = Ended(status).Select(move => new HistoryEvent("move", move.DecidedAt, TextOf(move))
        {
            Move = Finished(move, status, undoWindow, now),
        });
        return new HistoryView(
        [
            .. Dated(terms).Concat(Dated(moves)).Reverse().OrderByDescending(static one => one.At).Select(static one => one.Event)
                .Take(limit),
        ]);
    }

    internal static MapView Map(ConfigReply map) => new(
        map.Epoch.Value,
        map.Shards.ToDictionary(static one => one.Key.ToString(CultureInfo.InvariantCulture), static one => one.Value.Value),
        [.. map.Groups.Select(static group => group.Value)]);

    internal static MoveView Status(MoveStatus move) => new()
    {
        Move = move.Move == MoveId.None ? null : move.Move.ToString(),
        Shard = move.Shard.Value,
        Phase = WordOf(move.Phase),
        Done = move.IsDone,
        SourceGid = move.Source?.Value,
        TargetGid = move.Target?.Value,
        Keys = move.Keys,
        Bytes = move.Bytes,
        BytesDone = move.BytesDone,
        BytesTotal = move.BytesTotal,
        PauseMs = InMs(move.PauseUs),
        Text = move.Text,
    };

    internal static PlannedMoveView Planned(PlannedMove move) =>
        new(move.Shard.Value, move.Source.Value, move.Target.Value, move.Bytes, InMs(move.PauseUs));

    /// <summary>The group that owns a shard when all moves have ended; null where it has no owner.</summary>
    internal static GroupId? WantedAt(ClusterStatusReply status, int shard) =>
        status.Moves.FirstOrDefault(move => move.Shard.Value == shard && move.Target is not null)?.Target
        ?? (status.Config.Shards.TryGetValue(shard, out GroupId owner) ? owner : null);

    internal static string WordOf(MovePhase phase) => phase switch
    {
        MovePhase.None => "none",
        MovePhase.Copying => "copying",
        MovePhase.Frozen => "frozen",
        MovePhase.Committed => "committed",
        MovePhase.Aborted => "aborted",
    };

    internal static string WordOf(TransferPhase phase) => phase switch
    {
        TransferPhase.None => "none",
        TransferPhase.Serving => "serving",
        TransferPhase.Sealed => "sealed",
        TransferPhase.Aborting => "aborting",
        TransferPhase.Released => "released",
        TransferPhase.SealedForMove => "sealed_for_move",
        TransferPhase.Granted => "granted",
        TransferPhase.Restoring => "restoring",
    };

    internal static long? PredictedPauseMs(ClusterStatusReply status)
    {
        long[] pauses = [.. Ended(status).Select(static move => move.PauseUs).OfType<long>().Order()];
        return pauses.Length == 0 ? null : InMs(pauses[(pauses.Length - 1) / 2]);
    }

    // What took any time is not 0.
    internal static long? InMs(long? us) => us is { } known ? (known + 999) / 1000 : null;

    // How the primary's text begins, which the field says already.
    private const string Waits = "waits for ";

    private static ImmutableArray<EndedMove> Ended(ClusterStatusReply status) => status.Ended?.Moves ?? [];

    private static RunningMove Running(MoveStatus move, long? pauseMs)
    {
        long left = Math.Max(0, move.BytesTotal - move.BytesDone);
        return new RunningMove
        {
            Move = move.Move == MoveId.None ? null : move.Move.ToString(),
            Shard = move.Shard.Value,
            SourceGid = move.Source?.Value,
            TargetGid = move.Target?.Value,
            Phase = WordOf(move.Phase),
            BytesDone = move.BytesDone,
            BytesTotal = move.BytesTotal,
            BytesLeft = left,
            BytesPerSecond = move.BytesPerSecond,
            LeftMs = LeftMs(move, left),
            PredictedPauseMs = pauseMs,
            WaitsFor = move.Text is { } text
                ? text.StartsWith(Waits, StringComparison.Ordinal) ? text[Waits.Length..] : text
                : WaitsFor(move),
        };
    }

    // While it copies, a total that is reached is one that is not known: the source has not told its size.
    private static long? LeftMs(MoveStatus move, long left) =>
        move.BytesPerSecond is > 0 and { } rate && move.BytesTotal > 0 && (left > 0 || move.Phase != MovePhase.Copying)
            ? left * 1000 / rate
            : null;

    private static string? WaitsFor(MoveStatus move) => move.Phase switch
    {
        MovePhase.Copying when move.BytesTotal == 0 => $"the first word of group {move.Target}, which copies",
        MovePhase.Frozen => $"the receipt of group {move.Target}, and the primary's decision",
        MovePhase.Committed => $"group {move.Target} to serve the shard, and group {move.Source} to delete it",
        MovePhase.Copying or MovePhase.Aborted or MovePhase.None => null,
    };

    private static FinishedMove Finished(EndedMove move, ClusterStatusReply status, TimeSpan undoWindow, DateTimeOffset now)
    {
        bool isCommitted = move.Receipt is not null;
        DateTimeOffset? undoUntil = isCommitted && move.UndoOf == MoveId.None ? move.DecidedAt + undoWindow : null;
        bool isNewest = !status.Moves.Any(other => other.Shard == move.Shard)
            && status.Config.Shards.TryGetValue(move.Shard.Value, out GroupId owner) && owner == move.Target
            && status.Members.Contains(move.Source);
        return new FinishedMove
        {
            Move = move.Move.ToString(),
            Shard = move.Shard.Value,
            SourceGid = move.Source.Value,
            TargetGid = move.Target.Value,
            Phase = isCommitted ? "committed" : "aborted",
            At = move.DecidedAt,
            Keys = move.Receipt?.Keys,
            Bytes = move.Receipt?.Bytes,
            Sessions = move.Receipt?.Sessions,
            PauseMs = InMs(move.PauseUs),
            UndoOf = move.UndoOf == MoveId.None ? null : move.UndoOf.ToString(),
            UndoUntil = isNewest && undoUntil > now ? undoUntil : null,
            Text = move.Text,
        };
    }

    private static IReadOnlyList<string> SilosOf(GroupId group, ClusterStatusReply status, ClusterReader cluster) =>
    [
        .. status.Config.Shards.Where(shard => shard.Value == group)
            .Select(shard => cluster.PlaceOf($"{group}/{shard.Key}"))
            .Append(cluster.PlaceOf(group.Value))
            .OfType<string>().Distinct().Order(StringComparer.Ordinal),
    ];

    // An aborted move, and a term, of an earlier release has no time: it takes the place behind the one before.
    private static IEnumerable<(HistoryEvent Event, DateTimeOffset At)> Dated(IEnumerable<HistoryEvent> inOrder)
    {
        DateTimeOffset last = DateTimeOffset.MinValue;
        foreach (HistoryEvent one in inOrder)
        {
            last = one.At is { } at && at > last ? at : last;
            yield return (one, last);
        }
    }

    private static TermChange Change(TakeoverRecord taken) => new()
    {
        Term = taken.Term.Value,
        Reason = Grains.Diagnostics.RequestNames.Of(taken.Reason),
        From = taken.From.Value,
        To = taken.To.Value,
        WalEntriesReplayed = taken.EntriesReplayed,
        DetectMs = taken.Phases.DetectUs / 1000.0,
        CatchUpMs = taken.Phases.CatchUpUs / 1000.0,
        FenceMs = taken.Phases.FenceUs / 1000.0,
        PromoteMs = taken.Phases.PromoteUs / 1000.0,
        RedirectMs = taken.Phases.RedirectUs / 1000.0,
    };

    private static string TextOf(TakeoverRecord taken)
    {
        string why = taken.Reason switch
        {
            TakeoverReason.HeartbeatsMissed => $"{taken.From} had fallen silent",
            TakeoverReason.Requested => "it was asked for",
            TakeoverReason.Switchover => "a planned switch-over",
            TakeoverReason.Resumed => "its process was started anew in the middle of a takeover",
            TakeoverReason.Restarted => "its process was started anew",
            TakeoverReason.Regained => "its log answers again",
        };
        return taken.ChangesPrimary
            ? $"{taken.To} leads after {taken.From}: {why}; {taken.FailoverTimeMs} ms, {taken.EntriesReplayed} entries replayed"
            : $"{taken.To} leads on: {why}";
    }

    private static string TextOf(EndedMove move)
    {
        string what = $"shard {move.Shard} from {move.Source} to {move.Target}";
        string pause = move.PauseUs is { } us ? $", paused for {InMs(us)} ms" : "";
        string undo = move.UndoOf == MoveId.None ? "" : $"; undoes move {move.UndoOf}";
        return move.Receipt is { } receipt
            ? $"{what}: {receipt.Keys} keys, {receipt.Bytes} bytes{pause}{undo}"
            : $"{what} was given up: {move.Text}";
    }
}
