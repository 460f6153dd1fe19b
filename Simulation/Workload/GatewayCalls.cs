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

        bool isOver = false;
        world.Submit(run, request, TimeSpan.FromMilliseconds(deadlineMs), outcome => End((ClientOutcome)outcome));
        Watch(world.Now);
        return true;

        void End(ClientOutcome? outcome)
        {
            if (isOver)
                return;

            isOver = true;
            ended(outcome);
        }

        void Watch(long since) => world.After((deadlineMs * 2_000) + Grace, () =>
        {
            if (isOver)
                return;

            if (run.IsUp && !run.Machine.IsPaused && run.Machine.WokeAt <= since)
                throw new ViolationException("nothing-waits", $"{run} has not ended within twice its deadline: {request}");

            if (isPatient && run.IsUp)
                Watch(world.Now);
            else
                End(null);
        });
    }
}
