namespace OrleansShards.Simulation.Histories;

/// <summary>What a process was told about its operation.</summary>
public enum OperationResult
{
    /// <summary>Nothing: it takes effect once, at any time after it began, or never.</summary>
    Unknown,

    /// <summary>It took effect; of a read: there was a value.</summary>
    Done,

    /// <summary>There was no such key, and nothing was changed.</summary>
    Absent,

    /// <summary>The value was not the one that a compare-and-set expected, and nothing was changed.</summary>
    Differs,
}
