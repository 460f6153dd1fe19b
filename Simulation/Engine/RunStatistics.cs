using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Engine;

/// <summary>What happened in a run, or in many.</summary>
internal sealed class RunStatistics
{
    internal long Runs { get; set; }

    /// <summary>Virtual time.</summary>
    internal long Microseconds { get; set; }

    /// <summary>Events that nodes have processed.</summary>
    internal long Steps { get; set; }

    /// <summary>Operations on keys that had an outcome.</summary>
    internal long Operations { get; set; }

    internal long Refused { get; set; }

    /// <summary>Operations whose outcome remained unknown.</summary>
    internal long Open { get; set; }

    /// <summary>Operations that a client repeated with one session and sequence number.</summary>
    internal long Repeated { get; set; }

    /// <summary>Terms of the masters' log that were opened by another master than the term before.</summary>
    internal long Takeovers { get; set; }

    /// <summary>Hand-overs that were committed.</summary>
    internal long HandOvers { get; set; }

    /// <summary>Moves of the cluster's that were committed.</summary>
    internal long Moves { get; set; }

    internal long Checkpoints { get; set; }

    /// <summary>Keys whose history was too hard to decide within the limit.</summary>
    internal long Undecided { get; set; }

    internal SortedDictionary<FaultKind, long> Faults { get; } = [];

    internal void Add(RunStatistics other)
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
