using OrleansShards.Simulation.Checkers;

namespace OrleansShards.Simulation.Workload;

/// <summary>
/// Hands requests to gateways as an application does: it waits for an outcome, and hears nothing where the gateway
/// died or sleeps too long.
/// </summary>
internal sealed class GatewayCalls(World world)
{
    private const long Grace = 2_000_000;

    /// <summary>Asks through a gateway.</summary>
    /// <param name="gateway">Which.</param>
    /// <param name="request">What.</param>
    /// <param name="deadlineMs">The request's deadline.</param>
    /// <param name="ended">Told exactly once: the outcome; null where the gateway has fallen silent.</param>
    /// <param name="isPatient">
    /// Whether a gateway that sleeps is waited for: what it was asked for may still happen when it wakes. Only one that
    /// has died is silent then.
    /// </param>
    /// <returns>False where the gateway is down: nothing was sent.</returns>
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

    /// <summary>A request that has no outcome yet.</summary>
    private sealed class Waiting(
        NodeRun run, ClientRequest request, long limit, long since, bool isPatient, Action<ClientOutcome?> ended)
    {
        internal NodeRun Run => run;

        internal ClientRequest Request => request;

        internal long Limit => limit;

        internal bool IsPatient => isPatient;

        /// <summary>From when the gateway has to have been awake to be blamed.</summary>
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
