namespace OrleansShards.Simulation.Histories;

/// <summary>
/// One operation of one process on one key, as that process saw it. Values are compared ordinally, as strings. A request
/// that was refused for certain took no effect and is in no history.
/// </summary>
/// <param name="Process">The process. It has at most one operation under way, apart from those that remain open.</param>
/// <param name="Key">The key.</param>
/// <param name="Action">What it does.</param>
/// <param name="Value">What a write or a compare-and-set writes; null for others.</param>
/// <param name="Expected">What a compare-and-set expects; null, which equals nothing, for others.</param>
/// <param name="CreateIfAbsent">Whether a compare-and-set writes if the key is absent.</param>
/// <param name="InvokedAt">When it began, in the unit of the whole history.</param>
/// <param name="ReturnedAt">When its answer came; null if there is none.</param>
/// <param name="Result">What the answer said.</param>
/// <param name="Found">What a read or a failed compare-and-set found; null if the answer did not say.</param>
public sealed record Operation(
    int Process,
    string Key,
    KeyAction Action,
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
    public bool IsAcknowledgedChange => !IsOpen && Action != KeyAction.Read && Result == OperationResult.Done;

    /// <summary>Whether it has changed the key, or may have, or may do so later.</summary>
    public bool IsPossibleChange => Action != KeyAction.Read && (IsOpen || Result == OperationResult.Done);

    /// <summary>Whether this ended, with a known outcome, before the other began.</summary>
    public bool IsBefore(Operation other) =>
        !IsOpen && (ReturnedAt < other.InvokedAt || (ReturnedAt == other.InvokedAt && ReturnedOrder < other.InvokedOrder));

    /// <summary>One line: who, when, what, and the result.</summary>
    public override string ToString() => OperationText.Line(this);
}

/// <summary>What an operation does to one key.</summary>
public enum KeyAction
{
    /// <summary>Returns the value.</summary>
    Read,

    /// <summary>Sets the value, whatever it was.</summary>
    Write,

    /// <summary>Sets the value if it is the expected one, or if the key is absent and the operation may create it.</summary>
    CompareAndSet,

    /// <summary>Removes the key.</summary>
    Delete,
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
