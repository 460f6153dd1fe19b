namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Nothing waits for ever: whoever is called and goes on running answers. (That it answers no more than once is seen
/// where the answer is given.)
/// </summary>
internal sealed class AnswerChecker(World world) : Checker
{
    /// <summary>Above the longest wait there is: the self-stop of 7 s and a shell's time-outs, on a clock that runs slow.</summary>
    private const long Limit = 25_000_000;

    internal override void Second()
    {
        foreach (NodeRun run in world.Fleet.Running)
        {
            if (run.Machine.IsPaused)
                continue;

            foreach ((CallKey _, (long since, Message request, int _)) in run.Owes)
            {
                if (world.Now - Math.Max(since, run.Machine.WokeAt) > Limit)
                {
                    throw new ViolationException(
                        "nothing-waits", $"{run} has not answered for {(world.Now - since) / 1_000_000} s: {request}");
                }
            }
        }
    }
}
