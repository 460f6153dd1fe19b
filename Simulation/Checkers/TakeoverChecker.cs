using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// What the masters' log says of changes of primary: nothing is decided between a hand-over and its end, and who took
/// over because of silence took over from a log that was silent.
/// </summary>
internal sealed class TakeoverChecker(World world) : Checker
{
    private long _recordedAt;
    private long _silence;
    private Term _fenced;

    internal override void Recorded(LogTruth log)
    {
        if (log.Master is not { } master || log.Last is not { } last)
            return;

        if (last.Kind == RecordKind.TermStart)
        {
            _silence = world.Now - _recordedAt;
            _fenced = last.After.Term;
        }

        _recordedAt = world.Now;
        CheckSwitchover(master, last);
        CheckSilence(master, last);
    }

    private static void CheckSwitchover(MasterState master, LogRecord last)
    {
        if (master.Switchover is { } mark && mark.Term == last.After.Term && mark.At < last.After.Index && last.Entries.Count > 0)
        {
            throw new ViolationException(
                "a-hand-over-is-last", $"record {last.After.Index} decides, after the hand-over in {mark.At}");
        }
    }

    private void CheckSilence(MasterState master, LogRecord last)
    {
        // A clock that jumps, or somebody who asks besides, shortens the silence for good reason.
        bool isTold = world.Faults.ContainsKey(FaultKind.ClockJump) || world.Faults.ContainsKey(FaultKind.TakeoverAsked)
            || world.Faults.ContainsKey(FaultKind.TakeoverInMove);
        if (!isTold && last.Entries.Count > 0 && master.NewestTakeover is { Reason: TakeoverReason.HeartbeatsMissed } taken
            && taken.Term == _fenced && taken.Term == last.After.Term && _silence < world.Options["detect-ms"] * 1_000 / 2)
        {
            throw new ViolationException(
                "silence-before-takeover", $"{taken.To} took over from {taken.From} after a silence of {_silence / 1_000} ms");
        }
    }
}
