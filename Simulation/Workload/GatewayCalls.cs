using OrleansShards.Simulation.Checkers;

namespace OrleansShards.Simulation.Workload;

/// <summary>
/// Sends requests to gateways as an application does: it waits for an outcome, and gets none if the gateway crashes or pauses
/// for too long.
/// </summary>
internal sealed class GatewayCalls(World world, IReadOnlyList<NodeAddress> gateways)
{
    private const long Grace = 2_000_000;

    internal IReadOnlyList<NodeAddress> Gateways => gateways;

    /// <param name="gateway">The gateway that routes the request.</param>
    /// <param name="request">The request.</param>
    /// <param name="deadlineMs">The request's deadline.</param>
    /// <param name="ended">Called exactly once, with the outcome, or with null if the gateway gave none.</param>
    /// <param name="isPatient">
    /// Whether to wait for a gateway that is paused, as it may still carry out the request when it wakes. Then only a crash
    /// leaves the request without an outcome.
    /// </param>
    /// <returns>False if the gateway is down and nothing was sent.</returns>
    internal bool Ask(
        NodeAddress gateway, ClientRequest request, long deadlineMs, Action<ClientOutcome?> ended, bool isPatient = false)
    {
        if (world.Fleet.Newest(gateway) is not { } run)
            return false;

        Waiting waiting = new(run, request, (deadlineMs * 2_000) + Grace, world.Now, isPatient, ended);
        world.Submit(run, request, TimeSpan.FromMilliseconds(deadlineMs), outcome => waiting.End((ClientOutcome)outcome));
        Watch(waiting);
        return true;
    }

    private void Watch(Waiting waiting) => world.After(waiting.Limit, () =>
    {
        if (waiting.IsOver)
            return;

        NodeRun run = waiting.Run;
        if (run.IsUp && !run.Machine.IsPaused && run.Machine.WokeAt <= waiting.Since)
        {
            throw new ViolationException(
                "nothing-waits", $"{run} has not ended within twice its deadline: {waiting.Request}");
        }

        if (waiting.IsPatient && run.IsUp)
        {
            waiting.Since = world.Now;
            Watch(waiting);
        }
        else
        {
            waiting.End(null);
        }
    });

    private sealed class Waiting(
        NodeRun run, ClientRequest request, long limit, long since, bool isPatient, Action<ClientOutcome?> ended)
    {
        internal NodeRun Run => run;

        internal ClientRequest Request => request;

        internal long Limit => limit;

        internal bool IsPatient => isPatient;

        /// <summary>A gateway that has been awake since then and has no outcome violates a rule.</summary>
        internal long Since { get; set; } = since;

        internal bool IsOver { get; private set; }

        internal void End(ClientOutcome? outcome)
        {
            if (!IsOver)
            {
                IsOver = true;
                ended(outcome);
            }
        }
    }
}
