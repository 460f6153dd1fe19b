namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// A primary that has been deposed without noticing stops calling itself primary by its own clock: what it says of itself
/// without asking the log (to a heartbeat) it says no longer than the self-stop after a rival has opened a term.
/// </summary>
internal sealed class ClaimChecker(World world) : Checker
{
    private readonly List<(Term Term, long At)> _openings = [];

    /// <summary>The self-stop, on a clock that runs as slow as one may here, and a second for the ticks.</summary>
    private long Limit => (world.Options["detect-ms"] * 700 * 3 / 2) + 1_000_000;

    internal override void Recorded(LogTruth log)
    {
        if (log is { Master: not null, Last.Kind: RecordKind.TermStart })
            _openings.Add((log.Last.After.Term, world.Now));
    }

    internal override void Answered(NodeRun run, Message reply, long since)
    {
        if (reply is not HeartbeatReply claim)
            return;

        foreach ((Term term, long at) in _openings)
        {
            // What the log has proved may be told late, by one that slept: it was true when the question came.
            if (term > claim.Term && since - at > Limit)
            {
                throw new ViolationException(
                    "claims-end",
                    $"{run} says that it leads in term {claim.Term}, to who asked {(since - at) / 1_000} ms after term {term} was opened");
            }
        }
    }
}
