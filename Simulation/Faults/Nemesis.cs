using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Workload;

namespace OrleansShards.Simulation.Faults;

/// <summary>Makes the scheduled faults happen, and in the end makes everything well again.</summary>
internal sealed class Nemesis(
    World world, GatewayCalls calls, Operator operators, ClusterDefinition cluster, IReadOnlyList<NodeAddress> gateways)
{
    private const long Second = 1_000_000;

    private readonly List<HandOver> _handOvers = [];
    private Ambushes? _ambushes;

    /// <summary>Every hand-over that was begun, in that order.</summary>
    internal IReadOnlyList<HandOver> HandOvers => _handOvers;

    private Machine[] Servers => [.. world.Fleet.Machines.Where(static machine => machine.Name[0] == 'm')];

    /// <summary>How many moves of the cluster's were committed.</summary>
    internal long Moves => _ambushes?.Commits ?? 0;

    /// <summary>Puts the schedule on the clock, counted from now.</summary>
    internal void Plan(IEnumerable<PlannedFault> faults)
    {
        _ambushes = new Ambushes(world, () => Leader, TakeOver);
        foreach (PlannedFault fault in faults)
        {
            world.After(fault.At, () =>
            {
                if (!world.IsHealed)
                {
                    world.Trace?.Note($"fault {fault.Name}");
                    Happen(fault.Option, fault.Draws);
                }
            });
        }
    }

    /// <summary>Nothing goes wrong any more: machines are up, awake and connected, clocks go right, each node runs once.</summary>
    internal void Heal()
    {
        world.Trace?.Note("everything is healed");
        world.Heal();
        world.Network.MendAll();
        world.Store.Cut.Clear();
        world.Store.Slow.Clear();
        foreach (Machine machine in world.Fleet.Machines)
        {
            world.Fleet.Resume(machine);
            world.Fleet.Restart(machine, machine.Life);
            machine.Steady(world.Now);
        }

        foreach (NodeRun run in world.Fleet.Running)
            run.CrashAfterEffects = null;

        world.Fleet.EndRivals();
        foreach (NodeAddress address in world.Fleet.Known)
        {
            if (address.Kind != NodeKind.Shard || world.Fleet.WasStarted(address))
                world.Fleet.Revive(address);
        }
    }

    private void Happen(string option, Rng draws)
    {
        switch (option)
        {
            case "crash-machine":
                CrashMachine(draws);
                break;
            case "crash-node":
                CrashNode(draws);
                break;
            case "pause":
                Pause(draws);
                break;
            case "partition":
                Part(draws);
                break;
            case "one-way":
                CutOneWay(draws);
                break;
            case "store-cut":
                CutFromStore(draws);
                break;
            case "slow-store":
                SlowStore(draws);
                break;
            case "second-activation":
                ActivateTwice(draws);
                break;
            case "clock-jump":
                world.Count(FaultKind.ClockJump);
                draws.Pick(world.Fleet.Machines).Jump(draws.Spread(10_000, 20 * Second));
                break;
            case "gateway-crash":
                CrashGateway(draws);
                break;
            case "failover":
                world.Count(FaultKind.TakeoverAsked);
                TakeOver(draws);
                break;
            case "switch-over":
                world.Count(FaultKind.SwitchoverAsked);
                AskMasters(draws, new Switchover(cluster.OtherThan(Leader) ?? Leader));
                break;
            case "hand-over":
                HandOver(draws);
                break;
            case "ambush":
                _ambushes!.Arm(draws);
                break;
            default:
                Operate(option, draws);
                break;
        }
    }

    private void Operate(string option, Rng draws)
    {
        switch (option)
        {
            case "migrate":
                operators.Migrate(draws);
                break;
            case "pin":
                operators.Pin(draws);
                break;
            case "join":
                operators.Join(draws);
                break;
            case "leave":
                operators.Leave(draws);
                break;
            case "undo":
                operators.Undo(draws);
                break;
            default:
                throw new ArgumentException($"no fault '{option}'", nameof(option));
        }
    }

    private void TakeOver(Rng draws) => AskMasters(draws, new TriggerFailover(Leader));

    private MasterName Leader => world.Store.Of(LogName.Master).Truth.Opener is { } opener
        ? new MasterName(opener.Node)
        : cluster.Masters[0];

    private void CrashMachine(Rng draws)
    {
        Machine machine = draws.Pick(Servers);
        if (machine.IsUp)
        {
            world.Count(FaultKind.MachineCrash);
            world.Fleet.Crash(machine, draws.Spread(Second / 10, 15 * Second));
        }
    }

    private void CrashNode(Rng draws)
    {
        NodeRun[] victims = [.. world.Fleet.Running.Where(static run => run.Address.Kind != NodeKind.Client)];
        if (victims.Length == 0)
            return;

        NodeRun victim = draws.Pick(victims);
        world.Count(FaultKind.NodeCrash);
        if (draws.Chance(Rng.Million / 4))
        {
            world.Fleet.Crash(victim, "at once");
        }
        else
        {
            // At the next step that has an effect behind the boundary.
            victim.CrashAfterEffects = draws.Below(3);
        }
    }

    private void Pause(Rng draws)
    {
        Machine machine = draws.Pick(world.Fleet.Machines);
        if (machine is { IsUp: true, IsPaused: false })
        {
            world.Count(FaultKind.Pause);
            world.Fleet.Pause(machine);
            world.After(draws.Spread(Second / 20, 20 * Second), () => world.Fleet.Resume(machine));
        }
    }

    private void Part(Rng draws)
    {
        world.Count(FaultKind.Partition);
        List<(int From, int To)> links = [];
        bool[] side = [.. world.Fleet.Machines.Select(_ => draws.Chance(Rng.Million / 2))];
        foreach (Machine from in world.Fleet.Machines)
        {
            foreach (Machine to in world.Fleet.Machines)
            {
                if (side[from.Number] != side[to.Number])
                    links.Add((from.Number, to.Number));
            }
        }

        Cut(links, draws);
    }

    private void CutOneWay(Rng draws)
    {
        world.Count(FaultKind.OneWayCut);
        Cut([(draws.Pick(world.Fleet.Machines).Number, draws.Pick(world.Fleet.Machines).Number)], draws);
    }

    private void Cut(List<(int From, int To)> links, Rng draws)
    {
        links.ForEach(link => world.Network.Cut(link.From, link.To));
        world.After(
            draws.Spread(Second / 10, 15 * Second),
            () => links.ForEach(link => world.Network.Mend(link.From, link.To)));
    }

    private void CutFromStore(Rng draws)
    {
        Machine machine = draws.Pick(Servers);
        world.Count(FaultKind.StoreCut);
        world.Store.Cut[machine.Number] = draws.Chance(Rng.Million / 2);
        world.After(draws.Spread(Second / 10, 15 * Second), () => world.Store.Cut.Remove(machine.Number));
    }

    private void SlowStore(Rng draws)
    {
        Machine machine = draws.Pick(Servers);
        world.Count(FaultKind.SlowStore);
        world.Store.Slow[machine.Number] = draws.Spread(Second / 50, 3 * Second);
        world.After(draws.Spread(Second / 2, 20 * Second), () => world.Store.Slow.Remove(machine.Number));
    }

    private void ActivateTwice(Rng draws)
    {
        NodeAddress[] running = [.. world.Fleet.Known.Where(address =>
            address.Kind != NodeKind.Client && world.Fleet.LiveRuns(address) > 0)];
        Machine[] up = [.. Servers.Where(static machine => machine.IsUp)];
        if (running.Length == 0 || up.Length == 0)
            return;

        world.Count(FaultKind.SecondActivation);
        NodeAddress address = world.Fleet.Activate(draws.Pick(running), draws.Pick(up)).Address;
        world.After(draws.Spread(Second / 10, 20 * Second), () =>
        {
            if (world.Fleet.LiveRuns(address) > 1)
                world.Fleet.End(draws.Pick(world.Fleet.RunsOf(address)), "one activation too many");
        });
    }

    private void CrashGateway(Rng draws)
    {
        Machine machine = draws.Pick(world.Fleet.Machines.Where(static machine => machine.Name[0] == 'g').ToArray());
        if (machine.IsUp)
        {
            world.Count(FaultKind.GatewayCrash);
            world.Fleet.Crash(machine, draws.Spread(Second / 20, 3 * Second));
        }
    }

    private void AskMasters(Rng draws, Message request)
    {
        ClientRequest asked = draws.Chance(Rng.Million / 2)
            ? new ClientRequest.OfPrimary(request)
            : new ClientRequest.OfMaster(draws.Pick(cluster.Masters), request);
        calls.Ask(draws.Pick(gateways), asked, 4_500, OnReply);
    }

    /// <summary>What is said of a change of primary is in the log.</summary>
    private void OnReply(ClientOutcome? outcome)
    {
        LogTruth log = world.Store.Of(LogName.Master).Truth;
        bool isTrue = outcome switch
        {
            ClientOutcome.Applied { Reply: SwitchoverReply reply } => log.OpenerOf(reply.Term)?.Node == reply.Primary.Value,
            ClientOutcome.Applied { Reply: FailoverReply reply } => log.Master!.Takeovers.Any(taken => taken.Reply() == reply),
            _ => true,
        };
        if (!isTrue)
            throw new ViolationException("answers-are-true", $"{outcome}, but the log says nothing of it");
    }

    private void HandOver(Rng draws)
    {
        ShardId shard = new(draws.Below(cluster.ShardCount));
        GroupId[] serving = [.. cluster.Groups.Where(group =>
            world.Store.Of(LogName.Shard(group, shard)).Truth.Shard!.Ownership.Phase == TransferPhase.Serving)];
        bool isAlone = !_handOvers.Any(other => other.Shard == shard && !other.IsOver);
        if (cluster.Groups.Length < 2 || serving.Length == 0 || !isAlone)
        {
            // One coordinator a shard: a confirmation is taken at its word, whichever hand-over it was meant for.
            return;
        }

        GroupId target = draws.Pick(cluster.Groups.Where(group => group != serving[0]).ToArray());
        world.Count(FaultKind.HandOver);
        HandOver handOver = new(world, calls, gateways, draws, shard, serving[0], target);
        _handOvers.Add(handOver);
        handOver.Prepare();
    }
}
