using OrleansShards.Simulation.Checkers;

namespace OrleansShards.Simulation.Workload;

/// <summary>Sends requests to gateways as an application does: it gets no outcome if the gateway crashes or pauses for long.</summary>
internal sealed class GatewayCalls(World world, IReadOnlyList<NodeAddress> gateways)
{
    private const long Grace = 2_000_000;

    internal IReadOnlyList<NodeAddress> Gateways => gateways;

    /// <summary>
    /// Sends a request, unless the gateway is down: then it returns false. <c>ended</c> is called once, with the outcome or null.
    /// A patient caller also waits for a gateway that is paused, as that may still carry out the request when it wakes.
    /// </summary>
    internal bool Ask(NodeAddress gateway, ClientRequest request, long deadlineMs, Action<ClientOutcome?> ended, bool isPatient = false)
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
