namespace OrleansShards.Simulation.Histories;

/// <summary>
/// One operation of one process on one key, as that process saw it. Values are compared ordinally, as strings. A request
/// that was refused for certain took no effect and is in no history.
/// </summary>
/// <param name="Process">Who asked. A process has at most one operation under way, unless its outcome stays open.</param>
/// <param name="Key">The key.</param>
/// <param name="Action">What was asked for.</param>
/// <param name="Value">What a write or a compare-and-set writes; null for the others.</param>
/// <param name="Expected">What a compare-and-set expects; null (nothing equals it) for the others.</param>
/// <param name="CreateIfAbsent">Whether a compare-and-set writes where there is no such key.</param>
/// <param name="InvokedAt">When it began, in any unit, the same in the whole history.</param>
/// <param name="ReturnedAt">When its answer came; null as long as there is none.</param>
/// <param name="Result">What the answer said.</param>
/// <param name="Found">What a read found, or a compare-and-set that failed; null where that was not told.</param>
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
    /// Tells events of the same instant apart where one recorder saw them in their order: it rises with every event.
    /// Zero, the default, in all events of a history means that nobody knows: then a return and an invocation at the
    /// same instant count as concurrent.
    /// </summary>
    public long InvokedOrder { get; init; }

    /// <summary>As <see cref="InvokedOrder"/>, of the answer.</summary>
    public long ReturnedOrder { get; init; }

    /// <summary>Whether nobody knows the outcome: no answer came, or one that says that.</summary>
    public bool IsOpen => ReturnedAt is null || Result == OperationResult.Unknown;

    /// <summary>Whether it was told to have changed the key. A read never does.</summary>
    public bool IsAcknowledgedChange => !IsOpen && Action != KeyAction.Read && Result == OperationResult.Done;

    /// <summary>Whether it has changed the key, will change it yet, or may have.</summary>
    public bool IsPossibleChange => Action != KeyAction.Read && (IsOpen || Result == OperationResult.Done);

    /// <summary>Whether this was over, with a known outcome, before the other began.</summary>
    public bool IsBefore(Operation other) =>
        !IsOpen && (ReturnedAt < other.InvokedAt || (ReturnedAt == other.InvokedAt && ReturnedOrder < other.InvokedOrder));

    /// <summary>A line for a person: who, when, what, and what came of it.</summary>
    public override string ToString() => OperationText.Line(this);
}

/// <summary>What an operation does to one key.</summary>
public enum KeyAction
{
    /// <summary>Tells the value.</summary>
    Read,

    /// <summary>Sets the value, whatever it was.</summary>
    Write,

    /// <summary>Sets the value if it is the expected one, or if there is none and the operation may create it.</summary>
    CompareAndSet,

    /// <summary>Removes the key.</summary>
    Delete,
}

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
