using OrleansShards.Client;
using OrleansShards.Core.Nodes;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Engine;

namespace OrleansShards.Simulation.Workload;

/// <summary>
/// Hands requests to gateways as an application does: it waits for an outcome, and hears nothing where the gateway
/// died or sleeps too long.
/// </summary>
internal sealed class Desk(World world)
{
    private const long Grace = 2_000_000;

    /// <summary>Asks through a gateway.</summary>
    /// <param name="gateway">Which.</param>
    /// <param name="request">What.</param>
    /// <param name="deadlineMs">The request's deadline.</param>
    /// <param name="ended">Told exactly once: the outcome; null where the gateway has fallen silent.</param>
    /// <returns>False where the gateway is down: nothing was sent.</returns>
    internal bool Ask(NodeAddress gateway, ClientRequest request, long deadlineMs, Action<ClientOutcome?> ended)
    {
        if (world.Fleet.Newest(gateway) is not { } run)
        {
            return false;
        }

        bool isOver = false;
        long since = world.Now;
        void End(ClientOutcome? outcome)
        {
            if (!isOver)
            {
                isOver = true;
                ended(outcome);
            }
        }

        world.Submit(run, request, TimeSpan.FromMilliseconds(deadlineMs), outcome => End((ClientOutcome)outcome));
        world.After((deadlineMs * 2_000) + Grace, () =>
        {
            if (!isOver && run.IsUp && !run.Machine.IsPaused && run.Machine.WokeAt <= since)
            {
                throw new ViolationException("nothing-waits", $"{run} has not ended within twice its deadline: {request}");
            }

            End(null);
        });
        return true;
    }
}
