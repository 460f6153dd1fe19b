namespace OrleansShards.Core.Wal;

/// <summary>Where a replica puts what is to be done and what there is to tell, during one step of its node.</summary>
/// <typeparam name="TOutcome">The state machine's outcome.</typeparam>
/// <remarks>The node owns it, reuses it, and has emptied the notices before the step ends.</remarks>
public sealed class LogOutput<TOutcome>
{
    /// <summary>What the host is to do; the node's own list of this step.</summary>
    public List<Effect> Effects { get; set; } = [];

    /// <summary>What the node is told.</summary>
    public List<LogNotice<TOutcome>> Notices { get; } = [];

    internal void Notify(LogNoticeKind kind, string? text = null) => Notices.Add(new(kind, Text: text));

    internal void Notify(LogNoticeKind kind, object? context, string? text = null) => Notices.Add(new(kind, context, Text: text));
}
