using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Engine;

/// <summary>
/// The machines and the runs of nodes on them: what is started where, on whose call, and what becomes of it when a
/// machine crashes. Plays the part of a silo's activation directory, with its mistakes.
/// </summary>
internal sealed class Fleet(World world)
{
    private readonly Rng _draws = world.Options.Stream("fleet");
    private readonly List<Machine> _machines = [];
    private readonly Dictionary<NodeAddress, List<NodeRun>> _live = [];
    private readonly Dictionary<ulong, NodeRun> _byId = [];
    private readonly Dictionary<NodeAddress, Machine> _homes = [];
    private readonly List<NodeAddress> _known = [];
    private readonly Dictionary<NodeAddress, int> _starts = [];

    /// <summary>Makes a node; set before anything is started.</summary>
    internal Func<NodeAddress, Incarnation, INode>? Create { get; set; }

    internal IReadOnlyList<Machine> Machines => _machines;

    /// <summary>Every address that was ever placed, in the order of placement.</summary>
    internal IReadOnlyList<NodeAddress> Known => _known;

    /// <summary>Every run that is up, machine by machine in the order of start.</summary>
    internal IEnumerable<NodeRun> Running
    {
        get
        {
            foreach (Machine machine in _machines)
            {
                for (int i = 0; i < machine.Runs.Count; i++)
                    yield return machine.Runs[i];
            }
        }
    }

    internal Machine AddMachine(string name, long driftMax, long tickMax)
    {
        Machine machine = new(_machines.Count, name, world.Options.Stream($"clock {name}"), driftMax, tickMax);
        _machines.Add(machine);
        return machine;
    }

    /// <summary>Says where a node lives unless it has to be elsewhere.</summary>
    internal void Place(NodeAddress address, Machine home)
    {
        _homes.Add(address, home);
        _known.Add(address);
    }

    internal bool Has(NodeAddress address) => _homes.ContainsKey(address);

    internal NodeRun? Find(Incarnation id) => _byId.TryGetValue(id.Value, out NodeRun? run) && run.IsUp ? run : null;

    /// <summary>The newest run of a node that is up; null where none is.</summary>
    internal NodeRun? Newest(NodeAddress address) => _live.TryGetValue(address, out List<NodeRun>? runs) ? runs[^1] : null;

    internal IReadOnlyList<NodeRun> RunsOf(NodeAddress address) => _live.TryGetValue(address, out List<NodeRun>? runs) ? runs : [];

    internal bool WasStarted(NodeAddress address) => _starts.ContainsKey(address);

    internal int LiveRuns(NodeAddress address) => _live.TryGetValue(address, out List<NodeRun>? runs) ? runs.Count : 0;

    /// <summary>Which run a call goes to; a shard that does not run is activated by it.</summary>
    internal NodeRun? Route(NodeAddress to)
    {
        if (_live.TryGetValue(to, out List<NodeRun>? runs))
            return runs.Count == 1 || _draws.Chance(Rng.Million * 3L / 4) ? runs[^1] : _draws.Pick(runs);

        return to.Kind == NodeKind.Shard && Has(to) && Host(to) is { } machine ? Activate(to, machine) : null;
    }

    /// <summary>Starts a machine, with the masters and groups that live there.</summary>
    internal void Start(Machine machine)
    {
        machine.Start(world.Now);
        if (machine.Drifts)
            world.Count(FaultKind.ClockDrift);

        foreach (NodeAddress address in _known)
        {
            if (_homes[address] == machine && address.Kind != NodeKind.Shard && !_live.ContainsKey(address))
                Activate(address, machine);
        }

        TickLater(machine, machine.Life);
    }

    /// <summary>Starts one more run of a node, whether or not others are up.</summary>
    internal NodeRun Activate(NodeAddress address, Machine machine)
    {
        Incarnation id = new(_draws.Next());
        int start = _starts[address] = _starts.GetValueOrDefault(address) + 1;
        NodeRun run = new(Create!(address, id), id, machine, start == 1 ? address.ToString() : $"{address} (run {start})");
        if (start > 1)
            world.Count(FaultKind.Restart);

        _byId.Add(id.Value, run);
        machine.Runs.Add(run);
        if (!_live.TryGetValue(address, out List<NodeRun>? runs))
            _live.Add(address, runs = []);

        runs.Add(run);
        world.Trace?.Note($"{run} is started on {machine}");
        world.After(0, () => world.Deliver(run, Event.Started.Instance));
        return run;
    }

    /// <summary>A run is gone with all that it had not yet sent. It comes back by itself after a while.</summary>
    internal void Crash(NodeRun run, string how)
    {
        End(run, how);
        world.After(_draws.Between(10_000, 3_000_000), () => Revive(run.Address));
    }

    /// <summary>A machine is gone with all that runs on it; it comes back after so many microseconds.</summary>
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

    internal void Pause(Machine machine)
    {
        world.Trace?.Note($"{machine} falls asleep");
        machine.IsPaused = true;
    }

    /// <summary>It wakes, takes in what has waited, and goes on.</summary>
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

    /// <summary>What has come over several connections is read in any order: a call before a completion that came first.</summary>
    private void Shuffle((NodeRun Run, Event Happened)[] waited)
    {
        for (int i = waited.Length - 1; i > 0; i--)
        {
            int other = _draws.Below(i + 1);
            if (waited[i].Happened is not Event.Started && waited[other].Happened is not Event.Started)
                (waited[i], waited[other]) = (waited[other], waited[i]);
        }
    }

    /// <summary>Makes sure that a node runs, at home if that is up.</summary>
    internal void Revive(NodeAddress address)
    {
        if (!_live.ContainsKey(address) && Host(address) is { } machine)
            Activate(address, machine);
    }

    /// <summary>Of several activations all but the newest end, as a directory that sees clearly again brings about.</summary>
    internal void EndRivals()
    {
        foreach (NodeAddress address in _known)
        {
            while (LiveRuns(address) > 1)
                End(_live[address][0], "another activation is newer");
        }
    }

    internal void End(NodeRun run, string how)
    {
        if (!run.IsUp)
            return;

        world.Trace?.Note($"{run} dies: {how}");
        if (run.PutsUnderWay > 0)
            world.Count(FaultKind.CrashBeforeCompletion);

        run.IsUp = false;
        run.Machine.Runs.Remove(run);
        List<NodeRun> runs = _live[run.Address];
        runs.Remove(run);
        if (runs.Count == 0)
            _live.Remove(run.Address);

        foreach (CallKey call in run.Owes.Keys)
        {
            if (Find(new Incarnation(call.Caller)) is { } caller)
                world.Network.Orphan(caller, new CallId(caller.Id, call.Number));
        }
    }

    /// <summary>Where a node is started: at home, or (a shard, now and then) elsewhere while that is down.</summary>
    private Machine? Host(NodeAddress address)
    {
        Machine home = _homes[address];
        if (home.IsUp || address.Kind == NodeKind.Client)
            return home.IsUp ? home : null;

        Machine[] others = [.. _machines.Where(machine => machine.IsUp && !IsGateway(machine))];
        return others.Length > 0 && _draws.Chance(Rng.Million / 4) ? _draws.Pick(others) : null;
    }

    private static bool IsGateway(Machine machine) => machine.Name.StartsWith('g');

    private void TickLater(Machine machine, int life) => world.After(machine.Tick, () => Tick(machine, life));

    private void Tick(Machine machine, int life)
    {
        if (!machine.IsUp || machine.Life != life)
            return;

        if (!machine.IsPaused)
        {
            foreach (NodeRun run in machine.Runs.ToArray())
                world.Deliver(run, Event.Tick.Instance);
        }

        TickLater(machine, life);
    }
}
