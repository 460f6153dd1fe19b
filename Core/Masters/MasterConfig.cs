using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>A master's options. Immutable; the shells build them from their own validated options.</summary>
public sealed record MasterConfig
{
    /// <summary>This master's name.</summary>
    public required MasterName Self { get; init; }

    /// <summary>The definition that an empty log's cluster is created with; else the log's definition holds.</summary>
    public required ClusterDefinition Definition { get; init; }

    /// <summary>The log's options. Default: an empty record a second as the heartbeat, and self-stop after 7 s.</summary>
    public LogOptions Log { get; init; } = new() { HeartbeatInterval = TimeSpan.FromSeconds(1) };

    /// <summary>The shadow takes over when the log has not grown for this time. Default: 10 s, the protocol's figure.</summary>
    public TimeSpan DetectAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After a longer gap between two of its own steps, or two of its reads, the shadow was itself paused or blind: the silence that it
    /// saw proves nothing. Default: 1 s, ten ticks.
    /// </summary>
    public TimeSpan OwnPauseAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a switchover may last before the old primary cancels it. Default: 500 ms, the protocol's figure.</summary>
    public TimeSpan SwitchoverLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a takeover's redirect phase waits for the groups' heartbeats. Default: 1 s, groups send one a second.</summary>
    public TimeSpan RedirectLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a request may wait at a master for anything but a put or a read of the log. Default: 3.5 s, less than
    /// <see cref="ForwardLimit"/>, so that a definite answer still arrives.
    /// </summary>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromSeconds(3.5);

    /// <summary>How long a primary waits for the shadow's answer to a forwarded request. Default: 4 s, below the gateway's 4.5 s.</summary>
    public TimeSpan ForwardLimit { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a notified shadow may read before it reports. Default: 500 ms, below <see cref="ProgressLimit"/>.</summary>
    public TimeSpan CatchUpLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a primary waits for the shadow's progress before it notifies it again. Default: 1 s.</summary>
    public TimeSpan ProgressLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a master waits after a failed attempt to lead before the next. Default: 500 ms.</summary>
    public TimeSpan LeadRetryInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How many requests may wait in each place where they do; more are refused as unavailable. Default: 1,024.</summary>
    public int WaitingMax { get; init; } = 1024;

    /// <summary>How many decisions that never became durable a deposed primary keeps for inspection, the newest. Default: 64.</summary>
    public int UndurableMax { get; init; } = 64;

    /// <summary>
    /// How many moves may progress at once before their commit. A stalled one (its target does not answer, or its source cannot be
    /// sealed) leaves its place to others; a committed one needs none. Default: 2, as while one waits for its seal the other copies, and
    /// most of the store's bandwidth is left for requests.
    /// </summary>
    public int MovesAtOnce { get; init; } = 2;

    /// <summary>How often a command to a copy of a move is repeated. Default: 200 ms, the time that a lost command costs.</summary>
    public TimeSpan MoveCommandInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a copy may take to answer a command. Default: 1 s.</summary>
    public TimeSpan MoveCommandLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A move without progress for this time is stalled. Default: 2 s, two commands without an answer.</summary>
    public TimeSpan MoveStallAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A move whose target does not answer for this time is given up, to be begun again later. Also how long the copies of an aborted
    /// move are told so. Default: 10 s, as for a silent primary.
    /// </summary>
    public TimeSpan MoveGiveUpAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The back-off before the next move of a shard after one was given up; doubles each time. Default: 1 s.</summary>
    public TimeSpan MoveRetryFirst { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest back-off. Default: 30 s.</summary>
    public TimeSpan MoveRetryMost { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long after its commit a move may be undone. A master counts on its own clock since it learned of the commit; to that it adds
    /// what had passed by then, by the time in the log and its wall clock, where it cannot have seen the commit as it happened.
    /// Default: 10 minutes.
    /// </summary>
    public TimeSpan MoveUndoWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a plan waits for the sources' sizes. Default: 1 s, below <see cref="WaitLimit"/>.</summary>
    public TimeSpan PlanSizeLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What is wrong with the options, one text each; empty if they are valid.</summary>
    public IEnumerable<string> Problems()
    {
        if (Definition.Problem() is { } problem)
            yield return problem;

        if (Log.HeartbeatInterval is not { } heartbeat)
            yield return "a master's log without heartbeats: its primary would count as dead";
        else if (heartbeat >= Log.SelfStopAfter)
            yield return $"heartbeats every {heartbeat} must come before the self-stop after {Log.SelfStopAfter}";

        if (Log.SelfStopAfter >= DetectAfter)
            yield return $"the self-stop after {Log.SelfStopAfter} must come before the detection after {DetectAfter}";

        if (WaitLimit >= ForwardLimit || CatchUpLimit >= ProgressLimit)
        {
            yield return "a master must answer before its caller gives up: "
                + $"{WaitLimit} within {ForwardLimit}, {CatchUpLimit} within {ProgressLimit}";
        }

        if (MovesAtOnce < 1)
            yield return $"{MovesAtOnce} moves at once, where at least one was expected";

        if (MoveCommandInterval <= TimeSpan.Zero || MoveRetryFirst <= TimeSpan.Zero || MoveRetryFirst > MoveRetryMost)
        {
            yield return $"commands every {MoveCommandInterval} and retries after {MoveRetryFirst} to {MoveRetryMost}, "
                + "where times above zero that rise were expected";
        }

        if (MoveCommandLimit <= TimeSpan.Zero || MoveCommandLimit > MoveStallAfter || MoveStallAfter >= MoveGiveUpAfter)
        {
            yield return "a command's limit must come before a move counts as stalled, and that before it is given up: "
                + $"{MoveCommandLimit}, {MoveStallAfter}, {MoveGiveUpAfter}";
        }

        if (MoveUndoWindow < TimeSpan.Zero || PlanSizeLimit <= TimeSpan.Zero || PlanSizeLimit >= WaitLimit)
        {
            yield return $"an undo window of {MoveUndoWindow}, and sizes waited for {PlanSizeLimit}, where times "
                + $"above zero, and below {WaitLimit} for the sizes, were expected";
        }
    }
}
