namespace OrleansShards.Simulation.Engine;

/// <summary>A process with nodes in it: crashes and sleeps as one, and has one clock.</summary>
internal sealed class Machine(int number, string name, Rng draws, long driftMax, long tickMax)
{
    private long _drift;
    private long _origin;
    private long _base;

    internal int Number { get; } = number;

    internal string Name { get; } = name;

    internal bool IsUp { get; set; }

    internal bool IsPaused { get; set; }

    /// <summary>When it last woke.</summary>
    internal long WokeAt { get; set; }

    /// <summary>What has reached it while it slept, in its order.</summary>
    internal Queue<(NodeRun Run, Event Happened)> Backlog { get; } = new();

    internal List<NodeRun> Runs { get; } = [];

    /// <summary>The time between two ticks of this process, in microseconds of its own clock.</summary>
    internal long Tick { get; private set; }

    /// <summary>Rises with each start: what was scheduled for an earlier life is void.</summary>
    internal int Life { get; private set; }

    internal bool Drifts => _drift != 0;

    /// <summary>Starts the process: its clock begins anywhere and runs at a rate of its own.</summary>
    internal void Start(long now)
    {
        IsUp = true;
        IsPaused = false;
        Life++;
        _origin = now;
        _base = draws.Between(0, 1_000_000_000);
        _drift = driftMax == 0 ? 0 : draws.Between(-driftMax, driftMax);
        Tick = draws.Between(Math.Min(10_000, tickMax), tickMax);
    }

    /// <summary>The clock goes right from now on, at the rate of true time.</summary>
    internal void Steady(long now)
    {
        _base = Microseconds(now);
        _origin = now;
        _drift = 0;
    }

    internal void Jump(long by) => _base += by;

    /// <summary>What the process's monotonic clock shows.</summary>
    internal Instant Clock(long now) => new(TimeSpan.FromTicks(Microseconds(now) * TimeSpan.TicksPerMicrosecond));

    public override string ToString() => Name;

    private long Microseconds(long now) => _base + (now - _origin) + ((now - _origin) * _drift / Rng.Million);
}
