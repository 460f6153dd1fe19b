namespace OrleansShards.Simulation.Histories;

/// <summary>
/// One operation of one process on one key, as that process saw it. A process has at most one operation under way, apart from
/// those that remain open. Values are compared ordinally, as strings; null equals none. <c>Found</c> is what a read or a failed
/// compare-and-set found, if the answer says it. A request that was refused for certain took no effect and is in no history.
/// </summary>
public sealed record Operation(
    int Process,
    string Key,
    KeyVerb Action,
    string? Value,
    string? Expected,
    bool CreateIfAbsent,
    long InvokedAt,
    long? ReturnedAt,
    OperationResult Result,
    string? Found)
{
    /// <summary>
    /// Orders events of the same instant, if one recorder saw them: it rises with every event. If it is 0, the default, in all
    /// events of a history, the order is unknown, and a return and an invocation at the same instant count as concurrent.
    /// </summary>
    public long InvokedOrder { get; init; }

    /// <summary>As <see cref="InvokedOrder"/>, of the answer.</summary>
    public long ReturnedOrder { get; init; }

    /// <summary>Whether the outcome is unknown: there is no answer, or it says that.</summary>
    public bool IsOpen => ReturnedAt is null || Result == OperationResult.Unknown;

    /// <summary>Whether its answer says that it changed the key. A read never does.</summary>
    public bool IsAcknowledgedChange => !IsOpen && Action != KeyVerb.Read && Result == OperationResult.Done;

    /// <summary>Whether it has changed the key, or may have, or may do so later.</summary>
    public bool IsPossibleChange => Action != KeyVerb.Read && (IsOpen || Result == OperationResult.Done);

    /// <summary>The outcome of a change as the process knows it.</summary>
    internal ChangeOutcome Outcome => IsOpen ? ChangeOutcome.Unknown
        : Result == OperationResult.Done ? ChangeOutcome.Done
        : ChangeOutcome.Refused;

    /// <summary>Whether this ended, with a known outcome, before the other began.</summary>
    public bool IsBefore(Operation other) =>
        !IsOpen && (ReturnedAt < other.InvokedAt || (ReturnedAt == other.InvokedAt && ReturnedOrder < other.InvokedOrder));

    /// <summary>One line: who, when, what, and the result.</summary>
    public override string ToString() => OperationText.Line(this);
}

/// <summary>What an answer says about an operation.</summary>
public enum OperationResult
{
    /// <summary>Nothing: it takes effect once, at any time after it began, or never.</summary>
    Unknown,

    /// <summary>It took effect; of a read: there was a value.</summary>
    Done,

    /// <summary>The key was absent, and nothing was changed.</summary>
    Absent,

    /// <summary>The value was not the one that a compare-and-set expected, and nothing was changed.</summary>
    Differs,
}

/// <summary>The outcome of a change, in ascending order of success; refused: it will never take effect.</summary>
internal enum ChangeOutcome
{
    Refused,
    Unknown,
    Done,
}
