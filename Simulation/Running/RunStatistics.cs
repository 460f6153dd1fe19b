using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Running;

/// <summary>What happened in a run, or in many.</summary>
public sealed class RunStatistics
{
    /// <summary>Runs.</summary>
    public long Runs { get; set; }

    /// <summary>Virtual time, in microseconds.</summary>
    public long Microseconds { get; set; }

    /// <summary>Events that nodes have taken in.</summary>
    public long Steps { get; set; }

    /// <summary>Operations on keys that had an outcome.</summary>
    public long Operations { get; set; }

    /// <summary>Operations that were refused for certain.</summary>
    public long Refused { get; set; }

    /// <summary>Operations whose outcome nobody learned.</summary>
    public long Open { get; set; }

    /// <summary>Operations that a client made more than once in one session and number.</summary>
    public long Repeated { get; set; }

    /// <summary>Terms of the masters' log that another master than before opened.</summary>
    public long Takeovers { get; set; }

    /// <summary>Hand-overs that clients drove to their end.</summary>
    public long HandOvers { get; set; }

    /// <summary>Moves that the cluster drove to their commit.</summary>
    public long Moves { get; set; }

    /// <summary>Checkpoints that were published.</summary>
    public long Checkpoints { get; set; }

    /// <summary>Histories of a key that were too hard to decide within the limit.</summary>
    public long Undecided { get; set; }

    /// <summary>How often each fault happened.</summary>
    public SortedDictionary<FaultKind, long> Faults { get; } = [];

    /// <summary>Adds another run's.</summary>
    public void Add(RunStatistics other)
    {
        Runs += other.Runs;
        Microseconds += other.Microseconds;
        Steps += other.Steps;
        Operations += other.Operations;
        Refused += other.Refused;
        Open += other.Open;
        Repeated += other.Repeated;
        Takeovers += other.Takeovers;
        HandOvers += other.HandOvers;
        Moves += other.Moves;
        Checkpoints += other.Checkpoints;
        Undecided += other.Undecided;
        foreach ((FaultKind kind, long times) in other.Faults)
            Faults[kind] = Faults.GetValueOrDefault(kind) + times;
    }
}

/// <summary>What came of a run.</summary>
/// <param name="Options">What decided it.</param>
/// <param name="Rule">The rule that is broken; null where none is.</param>
/// <param name="Text">What was seen; empty where none is broken.</param>
/// <param name="Statistics">What happened in it.</param>
public sealed record RunResult(RunOptions Options, string? Rule, string Text, RunStatistics Statistics);
