using OrleansShards.Core.Groups;
using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// No node returns to an older term (<see cref="LogTruth"/> checks the logs'). A deposed primary stops claiming the role in time.
/// No decision follows a switchover in its term, and a takeover for missed heartbeats follows a silence of the log.
/// </summary>
internal sealed class LeadershipChecker(World world) : Checker
{
    private readonly Dictionary<Incarnation, Term> _newest = [];
    private readonly List<(Term Term, long At)> _openings = [];
    private long _recordedAt;
    private long _silence;

    /// <summary>The self-stop on the slowest clock that a run may have, and a second for the ticks.</summary>
    private long ClaimLimit => (world.Options["detect-ms"] * 700 * 3 / 2) + 1_000_000;

    internal override void Stepped(NodeRun run)
    {
        switch (run.Node)
        {
            case GroupNode group:
                CheckTerm(run, group.Term);
                break;
            case MasterNode { Role: not (LogRole.Loading or LogRole.Faulted) } master:
                CheckTerm(run, master.Applied.Term);
                break;
        }
    }

    internal override void Recorded(LogTruth log)
    {
        if (log.Master is not { } master || log.Last is not { } last)
            return;

        if (last.Kind == RecordKind.TermStart)
        {
            _openings.Add((last.After.Term, world.Now));
            _silence = world.Now - _recordedAt;
        }

        _recordedAt = world.Now;
        CheckSwitchover(master, last);
        CheckSilence(master, last);
    }

    /// <summary>Checks what a primary says of itself by its own clock, without asking the log: its answer to a heartbeat.</summary>
    internal override void Answered(NodeRun run, Message reply, long since)
    {
        if (reply is not HeartbeatReply claim)
            return;

        foreach ((Term term, long at) in _openings)
        {
            // A node that was paused may answer late: its claim was true when the call arrived.
            if (term > claim.Term && since - at > ClaimLimit)
            {
                throw new ViolationException(
                    "claims-end",
                    $"{run} says that it leads in term {claim.Term}, to who asked {(since - at) / 1_000} ms after term {term} was opened");
            }
        }
    }

    private void CheckTerm(NodeRun run, Term term)
    {
        Term before = _newest.GetValueOrDefault(run.Id);
        if (term < before)
            throw new ViolationException("terms-rise", $"{run} goes back from term {before} to {term}");

        _newest[run.Id] = term;
    }

    private static void CheckSwitchover(MasterState master, LogRecord last)
    {
        if (master.Switchover is { } mark && mark.Term == last.After.Term && mark.At < last.After.Index && last.Entries.Count > 0)
            throw new ViolationException("a-switchover-is-last", $"record {last.After.Index} decides, after the switchover in {mark.At}");
    }

    private void CheckSilence(MasterState master, LogRecord last)
    {
        // A clock that jumps and an operator who asks for a takeover rightly shorten the silence.
        bool isExcused = world.Statistics.Faults.Keys
            .Any(static kind => kind is FaultKind.ClockJump or FaultKind.TakeoverAsked or FaultKind.TakeoverInMove);
        if (!isExcused && last.Entries.Count > 0 && master.NewestTakeover is { Reason: TakeoverReason.HeartbeatsMissed } taken
            && _openings is [.., var newest] && taken.Term == newest.Term && taken.Term == last.After.Term
            && _silence < world.Options["detect-ms"] * 1_000 / 2)
        {
            throw new ViolationException(
                "silence-before-takeover", $"{taken.To} took over from {taken.From} after a silence of {_silence / 1_000} ms");
        }
    }
}
