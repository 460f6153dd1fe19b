namespace OrleansShards.Simulation.Engine;

/// <summary>A process with nodes in it: it crashes and pauses as one, and has one clock.</summary>
internal sealed class Machine(int number, string name, Rng draws, long driftMax, long tickMax)
{
    private long _drift;
    private long _origin;
    private long _base;

    internal int Number { get; } = number;

    internal bool IsGateway => name.StartsWith('g');

    internal bool IsUp { get; set; }

    internal bool IsPaused { get; set; }

    internal long WokeAt { get; set; }

    /// <summary>What has arrived while it was paused, in this order.</summary>
    internal Queue<(NodeRun Run, Event Happened)> Backlog { get; } = new();

    internal List<NodeRun> Runs { get; } = [];

    /// <summary>The time between two ticks of this process, in microseconds.</summary>
    internal long Tick { get; private set; }

    /// <summary>Rises with each start; what was scheduled for an earlier life is dropped.</summary>
    internal int Life { get; private set; }

    internal bool Drifts => _drift != 0;

    /// <summary>Starts the process; its clock begins anywhere and runs at its own rate.</summary>
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

    /// <summary>From now on the clock runs at the rate of true time.</summary>
    internal void Steady(long now)
    {
        _base = Microseconds(now);
        _origin = now;
        _drift = 0;
    }

    internal void Jump(long by) => _base += by;

    /// <summary>What the process's monotonic clock shows.</summary>
    internal Instant Clock(long now) => new(TimeSpan.FromTicks(Microseconds(now) * TimeSpan.TicksPerMicrosecond));

    public override string ToString() => name;

    private long Microseconds(long now) => _base + (now - _origin) + ((now - _origin) * _drift / Rng.Million);
}
