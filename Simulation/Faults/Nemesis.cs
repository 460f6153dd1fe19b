using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Running;
using OrleansShards.Simulation.Workload;

namespace OrleansShards.Simulation.Faults;

/// <summary>Carries out the scheduled faults, and in the end repairs everything.</summary>
internal sealed class Nemesis(World world, GatewayCalls calls, Operator operators, ClusterPlan plan)
{
    private const long Second = 1_000_000;

    private readonly Fleet _fleet = world.Fleet;
    private readonly ClusterDefinition _cluster = plan.Definition;
    private readonly GroupId[] _groups = [.. plan.Definition.Groups, .. plan.Later];
    private Ambushes? _ambushes;

    /// <summary>Every hand-over that was begun, in that order.</summary>
    internal List<HandOver> HandOvers { get; } = [];

    private MasterName Leader => world.Store.Of(LogName.Master).Truth.Opener is { } opener
        ? new MasterName(opener.Node)
        : _cluster.Masters[0];

    /// <summary>Schedules faults; their times count from now.</summary>
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
                    ActionOf(fault.Option)(fault.Draws);
                }
            });
        }
    }

    /// <summary>Ends all faults: machines are up, awake and connected, clocks run at the right rate, each node runs once.</summary>
    internal void Heal()
    {
        world.Trace?.Note("everything is healed");
        world.Heal();
        world.Network.MendAll();
        world.Store.MendAll();
        foreach (Machine machine in _fleet.Machines)
        {
            _fleet.Resume(machine);
            _fleet.Restart(machine, machine.Life);
            machine.Steady(world.Now);
            Measure(machine, 0);
        }

        foreach (NodeRun run in _fleet.Running)
            run.CrashAfterEffects = null;

        _fleet.EndRivals();
        foreach (NodeAddress address in _fleet.Known)
        {
            if (address.Kind != NodeKind.Shard || _fleet.WasStarted(address))
                _fleet.Revive(address);
        }
    }

    private Action<Rng> ActionOf(string option) => option switch
    {
        "crash-machine" => draws => Crash(draws, _fleet.Servers, FaultKind.MachineCrash, Second / 10, 15 * Second),
        "crash-node" => CrashNode,
        "pause" => Pause,
        "partition" => Partition,
        "one-way" => CutOneWay,
        "store-cut" => CutFromStore,
        "slow-store" => SlowStore,
        "stalled-commits" => StallCommits,
        "second-activation" => ActivateTwice,
        "declared-dead" => DeclareDead,
        "clock-jump" => JumpClock,
        "full-silo" => FillSilo,
        "gateway-crash" => draws => Crash(
            draws, [.. _fleet.Machines.Where(static machine => machine.IsGateway)], FaultKind.GatewayCrash, Second / 20, 3 * Second),
        "failover" => AskForFailover,
        "switch-over" => AskForSwitchover,
        "hand-over" => HandOver,
        "ambush" => _ambushes!.Arm,
        "migrate" => operators.Migrate,
        "pin" => operators.Pin,
        "join" => operators.Join,
        "leave" => operators.Leave,
        "forget" => operators.Forget,
        "undo" => operators.Undo,
        _ => throw new ArgumentException($"no fault '{option}'", nameof(option)),
    };

    private void Crash(Rng draws, Machine[] machines, FaultKind kind, long downMin, long downMax)
    {
        Machine machine = draws.Pick(machines);
        if (machine.IsUp)
        {
            world.Count(kind);
            _fleet.Crash(machine, draws.Spread(downMin, downMax));
        }
    }

    private void CrashNode(Rng draws)
    {
        NodeRun[] victims = [.. _fleet.Running.Where(static run => run.Address.Kind != NodeKind.Client)];
        if (victims.Length == 0)
            return;

        NodeRun victim = draws.Pick(victims);
        world.Count(FaultKind.NodeCrash);
        if (draws.Chance(Rng.Million / 4))
            _fleet.Crash(victim, "at once");
        else
            victim.CrashAfterEffects = draws.Below(3);
    }

    private void Pause(Rng draws)
    {
        Machine machine = draws.Pick(_fleet.Machines);
        if (machine is { IsUp: true, IsPaused: false })
        {
            world.Count(FaultKind.Pause);
            _fleet.Pause(machine, draws.Spread(Second / 20, 20 * Second));
        }
    }

    private void Partition(Rng draws)
    {
        world.Count(FaultKind.Partition);
        bool[] side = [.. _fleet.Machines.Select(_ => draws.Chance(Rng.Million / 2))];
        Cut(draws, [.. _fleet.Machines
            .SelectMany(_ => _fleet.Machines, static (from, to) => (From: from.Number, To: to.Number))
            .Where(link => side[link.From] != side[link.To])]);
    }

    private void CutOneWay(Rng draws)
    {
        world.Count(FaultKind.OneWayCut);
        Cut(draws, [(draws.Pick(_fleet.Machines).Number, draws.Pick(_fleet.Machines).Number)]);
    }

    private void Cut(Rng draws, List<(int From, int To)> links) => world.Network.Cut(links, draws.Spread(Second / 10, 15 * Second));

    private void CutFromStore(Rng draws)
    {
        Machine machine = draws.Pick(_fleet.Servers);
        world.Count(FaultKind.StoreCut);
        world.Store.CutOff(machine, isWayBack: draws.Chance(Rng.Million / 2), draws.Spread(Second / 10, 15 * Second));
    }

    private void SlowStore(Rng draws)
    {
        Machine machine = draws.Pick(_fleet.Servers);
        world.Count(FaultKind.SlowStore);
        world.Store.Slow(machine, draws.Spread(Second / 50, 3 * Second), draws.Spread(Second / 2, 20 * Second));
    }

    private void StallCommits(Rng draws) => world.Store.Stall(
        draws.Pick(_fleet.Servers), draws.Spread(Second / 50, 8 * Second), (CommitFate)draws.Below(4));

    /// <summary>The others take a machine for dead, and it does not know: its nodes start elsewhere, and it continues until told.</summary>
    private void DeclareDead(Rng draws)
    {
        Machine dead = draws.Pick(_fleet.Servers);
        Machine[] others = [.. _fleet.Servers.Where(other => other.IsUp && other != dead)];
        if (!dead.IsUp || others.Length == 0)
            return;

        world.Count(FaultKind.DeclaredDead);
        _fleet.DeclareDead(dead, others, draws.Spread(Second / 10, 10 * Second), draws);
    }

    private void ActivateTwice(Rng draws)
    {
        NodeAddress[] running = [.. _fleet.Known.Where(address => address.Kind != NodeKind.Client && _fleet.RunsOf(address).Count > 0)];
        Machine[] up = [.. _fleet.Servers.Where(static machine => machine.IsUp)];
        if (running.Length == 0 || up.Length == 0)
            return;

        world.Count(FaultKind.SecondActivation);
        _fleet.ActivateRival(draws.Pick(running), draws.Pick(up), draws.Spread(Second / 10, 20 * Second), draws);
    }

    private void JumpClock(Rng draws)
    {
        world.Count(FaultKind.ClockJump);
        draws.Pick(_fleet.Machines).Jump(draws.Spread(10_000, 20 * Second));
    }

    // Shards that start meanwhile measure room; a host, too, learns of its shards one by one.
    private void FillSilo(Rng draws)
    {
        Machine machine = draws.Pick(_fleet.Servers);
        world.Count(FaultKind.FullSilo);
        Measure(machine, new DataLimits().SiloBytesMax);
        world.After(draws.Spread(Second / 10, 10 * Second), () => Measure(machine, 0));
    }

    private void Measure(Machine machine, long bytes)
    {
        foreach (NodeRun run in machine.Runs.Where(static run => run.Address.Kind == NodeKind.Shard).ToArray())
            world.Deliver(run, new Event.HostMeasured(bytes));
    }

    private void AskForFailover(Rng draws)
    {
        world.Count(FaultKind.TakeoverAsked);
        TakeOver(draws);
    }

    private void TakeOver(Rng draws) => AskMasters(draws, new TriggerFailover(Leader));

    private void AskForSwitchover(Rng draws)
    {
        world.Count(FaultKind.SwitchoverAsked);
        AskMasters(draws, new Switchover(_cluster.OtherThan(Leader) ?? Leader));
    }

    private void AskMasters(Rng draws, Message request)
    {
        ClientRequest asked = draws.Chance(Rng.Million / 2)
            ? new ClientRequest.OfPrimary(request)
            : new ClientRequest.OfMaster(draws.Pick(_cluster.Masters), request);
        calls.Ask(draws.Pick(calls.Gateways), asked, 4_500, OnReply);
    }

    /// <summary>A reply about a change of primary must agree with the masters' log.</summary>
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
        ShardId shard = new(draws.Below(_cluster.ShardCount));
        GroupId[] serving = [.. _groups.Where(group =>
            world.Store.Of(LogName.Shard(group, shard)).Truth.Shard!.Ownership.Phase == TransferPhase.Serving)];
        // One coordinator per shard: a source believes any confirmation, whichever hand-over it was meant for.
        bool hasOther = HandOvers.Exists(other => other.Shard == shard && !other.IsOver);
        if (_groups.Length < 2 || serving.Length == 0 || hasOther)
            return;

        GroupId target = draws.Pick(_groups.Where(group => group != serving[0]).ToArray());
        world.Count(FaultKind.HandOver);
        HandOver handOver = new(world, calls, draws, shard, serving[0], target);
        HandOvers.Add(handOver);
        handOver.Prepare();
    }
}
