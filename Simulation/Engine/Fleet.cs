using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Engine;

/// <summary>The machines and the runs of nodes on them. Plays the part of a silo's activation directory, with its mistakes.</summary>
internal sealed class Fleet(World world)
{
    private readonly Rng _draws = world.Options.Stream("fleet");
    private readonly Dictionary<Incarnation, NodeRun> _byId = [];
    private readonly OrderedDictionary<NodeAddress, Seat> _seats = [];

    /// <summary>Makes a node; set before anything is started.</summary>
    internal Func<NodeAddress, Incarnation, INode>? Create { get; set; }

    internal List<Machine> Machines { get; } = [];

    /// <summary>The machines of masters and groups.</summary>
    internal Machine[] Servers => [.. Machines.Where(static machine => !machine.IsGateway)];

    /// <summary>Every address that was placed, in the order of placement.</summary>
    internal IReadOnlyList<NodeAddress> Known => _seats.Keys;

    /// <summary>Every run that is up, machine by machine in the order of start.</summary>
    internal IEnumerable<NodeRun> Running => Machines.SelectMany(static machine => machine.Runs);

    internal Machine AddMachine(string name, long driftMax, long tickMax)
    {
        Machine machine = new(Machines.Count, name, world.Options.Stream($"clock {name}"), driftMax, tickMax);
        Machines.Add(machine);
        return machine;
    }

    /// <summary>Sets the machine on which a node runs as long as that machine is up.</summary>
    internal void Place(NodeAddress address, Machine home) => _seats.Add(address, new Seat(home));

    internal NodeRun? Find(Incarnation id) => _byId.TryGetValue(id, out NodeRun? run) && run.IsUp ? run : null;

    /// <summary>The newest run of a node that is up; null if none is.</summary>
    internal NodeRun? Newest(NodeAddress address) => RunsOf(address) is [.., var newest] ? newest : null;

    internal IReadOnlyList<NodeRun> RunsOf(NodeAddress address) => _seats.TryGetValue(address, out Seat? seat) ? seat.Runs : [];

    internal bool WasStarted(NodeAddress address) => _seats[address].Starts > 0;

    /// <summary>The run that gets a call; the call activates a shard that does not run.</summary>
    internal NodeRun? Route(NodeAddress to) => RunsOf(to) switch
    {
        [var only] => only,
        [.., var newest] runs => _draws.Chance(Rng.Million * 3L / 4) ? newest : _draws.Pick(runs),
        [] => to.Kind == NodeKind.Shard && _seats.ContainsKey(to) && Host(to) is { } machine ? Activate(to, machine) : null,
    };

    /// <summary>Starts a machine, with the masters and groups that live there.</summary>
    internal void Start(Machine machine)
    {
        machine.Start(world.Now);
        if (machine.Drifts)
            world.Count(FaultKind.ClockDrift);

        foreach ((NodeAddress address, Seat seat) in _seats)
        {
            if (seat.Home == machine && address.Kind != NodeKind.Shard && seat.Runs.Count == 0)
                Activate(address, machine);
        }

        TickLater(machine, machine.Life);
    }

    /// <summary>Starts a second run of a node beside the first; one of them ends after so many microseconds.</summary>
    internal void ActivateRival(NodeAddress address, Machine machine, long duration, Rng draws)
    {
        Activate(address, machine);
        world.After(duration, () =>
        {
            if (RunsOf(address) is { Count: > 1 } runs)
                End(draws.Pick(runs), "one activation too many");
        });
    }

    /// <summary>Starts a machine's nodes on others beside it; after so many microseconds the machine ends and starts again.</summary>
    internal void DeclareDead(Machine machine, IReadOnlyList<Machine> others, long duration, Rng draws)
    {
        world.Trace?.Note($"{machine} is declared dead");
        foreach (NodeRun run in machine.Runs.ToArray())
            Activate(run.Address, draws.Pick(others));

        int life = machine.Life;
        long downFor = draws.Between(10_000, 3_000_000);
        world.After(duration, () =>
        {
            if (!world.IsHealed && machine.IsUp && machine.Life == life)
                Crash(machine, downFor);
        });
    }

    private NodeRun Activate(NodeAddress address, Machine machine)
    {
        Incarnation id = new(_draws.Next());
        Seat seat = _seats[address];
        seat.Starts++;
        NodeRun run = new(Create!(address, id), id, machine, seat.Starts == 1 ? $"{address}" : $"{address} (run {seat.Starts})");
        if (seat.Starts > 1)
            world.Count(FaultKind.Restart);

        _byId.Add(id, run);
        machine.Runs.Add(run);
        seat.Runs.Add(run);
        world.Trace?.Note($"{run} is started on {machine}");
        world.After(0, () => world.Deliver(run, Event.Started.Instance));
        return run;
    }

    /// <summary>Ends a run with all that it had not yet sent. The node starts again after a while.</summary>
    internal void Crash(NodeRun run, string how)
    {
        End(run, how);
        world.After(_draws.Between(10_000, 3_000_000), () => Revive(run.Address));
    }

    /// <summary>Ends a machine with all that runs on it; it restarts after so many microseconds.</summary>
    internal void Crash(Machine machine, long downFor)
    {
        world.Trace?.Note($"{machine} crashes");
        machine.IsUp = false;
        machine.IsPaused = false;
        machine.Backlog.Clear();
        foreach (NodeRun run in machine.Runs.ToArray())
            End(run, "with its machine");

        int life = machine.Life;
        world.After(downFor, () => Restart(machine, life));
    }

    internal void Restart(Machine machine, int life)
    {
        if (!machine.IsUp && machine.Life == life)
        {
            world.Trace?.Note($"{machine} starts again");
            Start(machine);
        }
    }

    /// <summary>Stops a machine that is running for so many microseconds.</summary>
    internal void Pause(Machine machine, long duration)
    {
        world.Trace?.Note($"{machine} falls asleep");
        machine.IsPaused = true;
        world.After(duration, () => Resume(machine));
    }

    /// <summary>Wakes a machine if it is paused, and delivers what has arrived meanwhile.</summary>
    internal void Resume(Machine machine)
    {
        if (!machine.IsPaused)
            return;

        machine.IsPaused = false;
        machine.WokeAt = world.Now;
        world.Trace?.Note($"{machine} wakes");
        (NodeRun Run, Event Happened)[] waited = [.. machine.Backlog];
        machine.Backlog.Clear();
        if (_draws.Chance(Rng.Million / 2))
            Shuffle(waited);

        foreach ((NodeRun run, Event happened) in waited)
            world.Deliver(run, happened);
    }

    /// <summary>Events of several connections are read in any order: a call before a completion that arrived earlier.</summary>
    private void Shuffle((NodeRun Run, Event Happened)[] waited)
    {
        for (int i = waited.Length - 1; i > 0; i--)
        {
            int other = _draws.Below(i + 1);
            if (waited[i].Happened is not Event.Started && waited[other].Happened is not Event.Started)
                (waited[i], waited[other]) = (waited[other], waited[i]);
        }
    }

    /// <summary>Starts a node that does not run, if a machine can host it.</summary>
    internal void Revive(NodeAddress address)
    {
        if (RunsOf(address).Count == 0 && Host(address) is { } machine)
            Activate(address, machine);
    }

    /// <summary>Ends all activations of a node but the newest, as a directory does that has become consistent again.</summary>
    internal void EndRivals()
    {
        foreach (Seat seat in _seats.Values)
        {
            while (seat.Runs is [var oldest, _, ..])
                End(oldest, "another activation is newer");
        }
    }

    private void End(NodeRun run, string how)
    {
        if (!run.IsUp)
            return;

        world.Trace?.Note($"{run} dies: {how}");
        if (run.PutsUnderWay > 0)
            world.Count(FaultKind.CrashBeforeCompletion);

        run.IsUp = false;
        run.Machine.Runs.Remove(run);
        _seats[run.Address].Runs.Remove(run);
        foreach (CallId call in run.Owes.Keys)
        {
            if (Find(call.Caller) is { } caller)
                world.Network.Orphan(caller, call);
        }
    }

    /// <summary>Where a node starts: at home; while that is down, now and then on another server; null if nowhere.</summary>
    private Machine? Host(NodeAddress address)
    {
        Machine home = _seats[address].Home;
        if (home.IsUp || address.Kind == NodeKind.Client)
            return home.IsUp ? home : null;

        Machine[] others = [.. Servers.Where(static machine => machine.IsUp)];
        return others.Length > 0 && _draws.Chance(Rng.Million / 4) ? _draws.Pick(others) : null;
    }

    private void TickLater(Machine machine, int life) => world.After(machine.Tick, () =>
    {
        if (!machine.IsUp || machine.Life != life)
            return;

        if (!machine.IsPaused)
        {
            foreach (NodeRun run in machine.Runs.ToArray())
                world.Deliver(run, new Event.Tick(world.Utc));
        }

        TickLater(machine, life);
    });

    /// <summary>A node's home, its runs that are up, the oldest first, and how often it was started.</summary>
    private sealed record Seat(Machine Home)
    {
        internal List<NodeRun> Runs { get; } = [];

        internal int Starts { get; set; }
    }
}
