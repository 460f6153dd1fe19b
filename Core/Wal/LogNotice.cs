namespace OrleansShards.Core.Wal;

/// <summary>What a replica tells the node that holds it, in the order in which it came about.</summary>
/// <typeparam name="TOutcome">The state machine's outcome.</typeparam>
/// <param name="Kind">What.</param>
/// <param name="Context">What the node passed in with its proposal or read; else null.</param>
/// <param name="Outcome">Of a committed proposal; else the default.</param>
/// <param name="Text">For people, where there is something to say.</param>
public readonly record struct LogNotice<TOutcome>(
    LogNoticeKind Kind, object? Context = null, TOutcome? Outcome = default, string? Text = null);

/// <summary>The sorts of notice.</summary>
public enum LogNoticeKind
{
    /// <summary>A proposal of this node is durable and applied.</summary>
    Committed = 1,

    /// <summary>A read may be answered now, from the state as it is at this notice.</summary>
    Readable = 2,

    /// <summary>A proposal or read was not and will not be carried out here.</summary>
    Refused = 3,

    /// <summary>This replica cannot tell whether the proposal will be in the log: it is, once, or it never will be.</summary>
    Unknown = 4,

    /// <summary>The replica leads; its term-start record is durable and everything before it applied.</summary>
    Led = 5,

    /// <summary>The replica leads no more, or its attempt to lead has failed; it follows.</summary>
    SteppedDown = 6,

    /// <summary>The replica has read to the durable end for the first time since it was started or loaded anew.</summary>
    CaughtUp = 7,

    /// <summary>The log is damaged, or this replica differs from it. It has stopped.</summary>
    Faulted = 8,
}
