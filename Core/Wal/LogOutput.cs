namespace OrleansShards.Core.Wal;

/// <summary>Collects a replica's effects and notices during one step of its node, which owns and reuses it.</summary>
public sealed class LogOutput<TOutcome>
{
    /// <summary>What the host is to do; the node's own list of this step.</summary>
    public List<Effect> Effects { get; set; } = [];

    /// <summary>What the node is told. The node empties the list before its step ends.</summary>
    public List<LogNotice<TOutcome>> Notices { get; } = [];

    internal void Notify(LogNoticeKind kind, string? text = null) => Notices.Add(new(kind, Text: text));

    internal void Notify(LogNoticeKind kind, object? context, string? text = null) => Notices.Add(new(kind, context, Text: text));

    internal void NotifyAll(LogNoticeKind kind, List<Proposal> proposals, string? text) =>
        NotifyAll(kind, proposals.ConvertAll(static proposal => proposal.Context), text);

    internal void NotifyAll(LogNoticeKind kind, List<object?> contexts, string? text = null) =>
        contexts.ForEach(context => Notify(kind, context, text));
}

/// <summary>
/// What a replica tells its node, in the order of events. <c>Context</c> is what the node passed in with its proposal or read,
/// <c>Outcome</c> that of a committed proposal, <c>Text</c> the reason for the operator or client, if there is one.
/// </summary>
public readonly record struct LogNotice<TOutcome>(
    LogNoticeKind Kind, object? Context = null, TOutcome? Outcome = default, string? Text = null);

/// <summary>The kinds of notices.</summary>
public enum LogNoticeKind
{
    /// <summary>A proposal of this node is durable and applied.</summary>
    Committed = 1,

    /// <summary>A read may be answered now, from the state as it is at this notice.</summary>
    Readable = 2,

    /// <summary>A proposal or read was not and will not be carried out here.</summary>
    Refused = 3,

    /// <summary>This replica cannot tell whether the proposal is in the log: it is there once, or it never will be.</summary>
    Unknown = 4,

    /// <summary>The replica leads; its term-start record is durable and everything before it applied.</summary>
    LeadershipStarted = 5,

    /// <summary>The replica has stopped leading, or its attempt to lead has failed; it follows.</summary>
    SteppedDown = 6,

    /// <summary>The replica has read to the durable end for the first time since it started or reloaded.</summary>
    CaughtUp = 7,

    /// <summary>The log is damaged, or this replica differs from it. It has stopped.</summary>
    Faulted = 8,
}
