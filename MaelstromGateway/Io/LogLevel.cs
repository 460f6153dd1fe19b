namespace OrleansShards.MaelstromGateway.Io;

/// <summary>How much goes to stderr. Each level includes those before it.</summary>
internal enum LogLevel
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>What ends the process, and faults of ours.</summary>
    Error = 1,

    /// <summary>Lines that were skipped and the like.</summary>
    Warning = 2,

    /// <summary>Start, end and changes of role.</summary>
    Information = 3,

    /// <summary>What helps to find a fault.</summary>
    Debug = 4,
}
