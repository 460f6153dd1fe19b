using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Workload;

/// <summary>What the clients of a run have seen.</summary>
internal sealed class Ledger
{
    private long _values;

    /// <summary>Every operation on a key.</summary>
    internal HistoryBuilder History { get; } = new();

    /// <summary>How many operations had an outcome.</summary>
    internal long Ended { get; set; }

    /// <summary>How many were refused for certain.</summary>
    internal long Refused { get; set; }

    /// <summary>How many stay open: their outcome is not known.</summary>
    internal long Open { get; set; }

    /// <summary>How many took more than one attempt of the client's own.</summary>
    internal long Repeated { get; set; }

    /// <summary>A value that nobody has written before.</summary>
    internal long NextValue() => ++_values;
}
