using System.Collections.Concurrent;
using OrleansShards.Cli.Http;
using OrleansShards.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OrleansShards.Cli.Commands;

/// <summary>
/// Follows moves to their end: on a terminal with a bar each, elsewhere with a line for each change. Takeovers and a silo that goes away
/// are waited for, as the moves go on without this command.
/// </summary>
internal sealed class MoveProgress
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(250);

    // Null for all.
    private readonly int? _shard;
    private readonly bool _isCancelled;
    private readonly HashSet<string> _before = [];
    private readonly SortedDictionary<int, RunningMoveObject> _running = [];
    private readonly SortedDictionary<int, FinishedMoveObject> _ended = [];
    private readonly Dictionary<int, ProgressTask> _bars = [];
    private readonly Dictionary<int, string> _said = [];

    // Bars are drawn on a thread of their own.
    private readonly ConcurrentDictionary<int, string> _notes = [];
    private byte[] _answer = [];

    private MoveProgress(int? shard, bool isCancelled) => (_shard, _isCancelled) = (shard, isCancelled);

    /// <summary>The moves of one shard; of a cancelled one nothing else is expected than that it ends.</summary>
    internal static MoveProgress OfShard(int shard, bool isCancelled = false) => new(shard, isCancelled);

    /// <summary>All moves: when groups join or leave, shards may move between others, too.</summary>
    internal static MoveProgress OfAll() => new(null, isCancelled: false);

    /// <summary>Notes which moves have ended before the action: what ends afterwards is its work.</summary>
    internal async Task BeginAsync(SiloApi api, CancellationToken stop)
    {
        MovesObject moves = await api.GetAsync("moves", ApiShapes.Default.MovesObject, stop);
        _before.UnionWith(moves.Finished.Select(static move => move.Move));
    }

    /// <summary>Returns when none of the moves is due or under way: the exit code.</summary>
    internal async Task<int> FollowAsync(SiloApi api, Screen screen, CancellationToken stop)
    {
        try
        {
            if (screen.IsJson)
                await UntilEndedAsync(api, static () => { }, Program.Say, stop);
            else if (Screen.IsTerminal)
                await ShowBarsAsync(api, screen, stop);
            else
                await UntilEndedAsync(api, () => SayChanges(screen), Program.Say, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Program.Say("the moves go on by themselves: `shards moves --watch` shows them, `shards cancel SHARD` gives one up");
            throw;
        }

        if (screen.IsJson)
            Screen.WriteJson(_answer);
        else if (_ended.Count == 0)
            screen.WriteLine("no shard had to move");
        else if (Screen.IsTerminal)
            Array.ForEach([.. _ended.Values], move => screen.WriteLine(Ending(move)));

        return !_isCancelled && _ended.Values.Any(static move => move.Phase != "committed") ? ExitCode.MoveAborted : ExitCode.Done;
    }

    private Task ShowBarsAsync(SiloApi api, Screen screen, CancellationToken stop) => screen.Terminal.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new NoteColumn(_notes))
        .StartAsync(shown => UntilEndedAsync(
            api,
            () =>
            {
                foreach (RunningMoveObject move in _running.Values)
                    Advance(Bar(shown, move.Shard, move.SourceGid, move.TargetGid), move);

                foreach (FinishedMoveObject move in _ended.Values.Where(move => !_running.ContainsKey(move.Shard)))
                    Finish(Bar(shown, move.Shard, move.SourceGid, move.TargetGid), move);
            },
            text => Array.ForEach([.. _bars.Values.Where(static bar => !bar.IsFinished)], bar => Note(bar, text)),
            stop));

    private async Task UntilEndedAsync(SiloApi api, Action changed, Action<string> say, CancellationToken stop)
    {
        using PeriodicTimer timer = new(AskEvery);
        do
        {
            try
            {
                Take(await api.GetAsync("moves", stop));
                changed();
            }
            catch (CliFailure silent) when (silent.ExitCode is ExitCode.NotNow or ExitCode.Unknown)
            {
                say($"{silent.Message}; trying again");
                continue;
            }

            if (_running.Count == 0)
                return;
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    private void Take(byte[] answer)
    {
        _answer = answer;
        MovesObject moves = SiloApi.Read(answer, ApiShapes.Default.MovesObject);
        _running.Clear();
        foreach (RunningMoveObject move in moves.Running.Where(move => move.Shard == (_shard ?? move.Shard)))
            _running[move.Shard] = move;

        // Newest first; of each shard the newest counts.
        foreach (FinishedMoveObject move in moves.Finished.Reverse()
            .Where(move => !_before.Contains(move.Move) && move.Shard == (_shard ?? move.Shard)))
        {
            _ended[move.Shard] = move;
        }
    }

    private ProgressTask Bar(ProgressContext shown, int shard, string? source, string? target)
    {
        if (!_bars.TryGetValue(shard, out ProgressTask? bar))
            _bars[shard] = bar = shown.AddTask(Markup.Escape($"shard {shard}  {source} to {target}"), maxValue: 1);

        return bar;
    }

    // The last of the bar is the decision.
    private void Advance(ProgressTask bar, RunningMoveObject move)
    {
        bar.Value = move.BytesTotal == 0 ? 0 : Math.Min(0.99, (double)move.BytesDone / move.BytesTotal);
        Note(bar, Progress(move));
    }

    private void Finish(ProgressTask bar, FinishedMoveObject move)
    {
        bar.Value = move.Phase == "committed" ? 1 : bar.Value;
        bar.StopTask();
        Note(bar, move.Phase == "committed" ? $"pause {Words.Ms(move.PauseMs)}" : $"given up: {move.Text}");
    }

    private void Note(ProgressTask bar, string text) => _notes[bar.Id] = text;

    private void SayChanges(Screen screen)
    {
        foreach (RunningMoveObject move in _running.Values)
            SayOnce(screen, move.Shard, $"{move.Phase} {move.WaitsFor}", $"shard {move.Shard}: {Progress(move)}");

        foreach (FinishedMoveObject move in _ended.Values.Where(move => !_running.ContainsKey(move.Shard)))
            SayOnce(screen, move.Shard, move.Move, Ending(move));
    }

    private void SayOnce(Screen screen, int shard, string state, string text)
    {
        if (_said.GetValueOrDefault(shard) == state)
            return;

        _said[shard] = state;
        screen.WriteLine(text);
    }

    private static string Progress(RunningMoveObject move)
    {
        string waits = move.WaitsFor is { } what ? $", waits for {what}" : "";
        return $"{move.Phase} {Words.Bytes(move.BytesDone)} of {Words.Bytes(move.BytesTotal)}, {Words.Rate(move.BytesPerSecond)}, "
            + $"{Words.Ms(move.LeftMs)} left, pause of {Words.Ms(move.PredictedPauseMs)} expected{waits}";
    }

    private static string Ending(FinishedMoveObject move) => move.Phase == "committed"
        ? $"shard {move.Shard} is at {move.TargetGid}: {Words.Number(move.Keys)} keys, {Words.Bytes(move.Bytes)}, paused for "
            + Words.Ms(move.PauseMs)
        : $"shard {move.Shard} stays at {move.SourceGid}: {move.Text}";

    private sealed class NoteColumn(ConcurrentDictionary<int, string> notes) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(notes.GetValueOrDefault(task.Id, ""));
    }
}
