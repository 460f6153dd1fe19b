using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>A master's options. Immutable; the shells build them from their own validated options.</summary>
public sealed record MasterConfig
{
    /// <summary>This master's name.</summary>
    public required MasterName Self { get; init; }

    /// <summary>What to found the cluster with if the log is empty; else the log's definition holds.</summary>
    public required ClusterDefinition Definition { get; init; }

    /// <summary>The log's name.</summary>
    public LogName LogName { get; init; } = LogName.Master;

    /// <summary>The log's options.</summary>
    /// <value>By default an empty record a second as the heartbeat, and self-stop after 7 s.</value>
    public LogOptions Log { get; init; } = new() { HeartbeatInterval = TimeSpan.FromSeconds(1) };

    /// <summary>The shadow takes over when the log has not grown for this time.</summary>
    /// <value>10 s by default: the protocol's figure.</value>
    public TimeSpan DetectAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After a longer gap between two of its own steps, or two of its reads, the shadow was itself paused or blind: the
    /// silence that it saw proves nothing.
    /// </summary>
    /// <value>1 s by default: ten ticks.</value>
    public TimeSpan OwnPauseAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a switchover may last before the old primary cancels it.</summary>
    /// <value>500 ms by default: the protocol's figure.</value>
    public TimeSpan SwitchoverLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a takeover's redirect phase waits for the groups' heartbeats.</summary>
    /// <value>1 s by default: groups send one a second.</value>
    public TimeSpan RedirectLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a request may wait at a master for anything but a put or a read of the log.</summary>
    /// <value>3.5 s by default: less than <see cref="ForwardLimit"/>, so that a definite answer still arrives.</value>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromSeconds(3.5);

    /// <summary>How long a primary waits for the shadow's answer to a forwarded request.</summary>
    /// <value>4 s by default: below the gateway's 4.5 s.</value>
    public TimeSpan ForwardLimit { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a notified shadow may read before it reports its progress.</summary>
    /// <value>500 ms by default: below <see cref="ProgressLimit"/>.</value>
    public TimeSpan CatchUpLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a primary waits for the shadow's progress before it notifies it again.</summary>
    /// <value>1 s by default.</value>
    public TimeSpan ProgressLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a master waits after a failed attempt to lead before the next.</summary>
    /// <value>500 ms by default.</value>
    public TimeSpan LeadRetryInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How many requests may wait in each place where they do; more are refused as unavailable.</summary>
    /// <value>1,024 by default.</value>
    public int WaitingMax { get; init; } = 1024;

    /// <summary>How many decisions that never became durable a deposed primary keeps for inspection, the newest.</summary>
    /// <value>64 by default.</value>
    public int UndurableMax { get; init; } = 64;

    /// <summary>
    /// How many moves may progress at once before their commit. A stalled one (its target does not answer, or its source
    /// cannot be sealed) leaves its place to others; a committed one needs none.
    /// </summary>
    /// <value>2 by default: while one waits for its seal the other copies, and most of the store's bandwidth is left for
    /// requests.</value>
    public int MovesAtOnce { get; init; } = 2;

    /// <summary>How often a command to a copy of a move is repeated.</summary>
    /// <value>200 ms by default: the time that a lost command costs.</value>
    public TimeSpan MoveOrderInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a copy may take to answer a command.</summary>
    /// <value>1 s by default.</value>
    public TimeSpan MoveOrderLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A move without progress for this time is stalled.</summary>
    /// <value>2 s by default: two commands without an answer.</value>
    public TimeSpan MoveStallAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A move whose target does not answer for this time is given up, to be begun again later. Also how long the copies of
    /// an aborted move are told so.
    /// </summary>
    /// <value>10 s by default: as for a silent primary.</value>
    public TimeSpan MoveGiveUpAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The back-off before the next move of a shard after one was given up; doubles each time.</summary>
    /// <value>1 s by default.</value>
    public TimeSpan MoveRetryFirst { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest back-off.</summary>
    /// <value>30 s by default.</value>
    public TimeSpan MoveRetryMost { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long after its commit a move may be undone, on the primary's clock since it learned of the commit; a new primary
    /// counts from its takeover.
    /// </summary>
    /// <value>10 minutes by default.</value>
    public TimeSpan MoveUndoWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a plan waits for the sources' sizes.</summary>
    /// <value>1 s by default: below <see cref="WaitLimit"/>.</value>
    public TimeSpan PlanSizeLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What is wrong with the options, for people; empty where nothing is.</summary>
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

        if (MoveOrderInterval <= TimeSpan.Zero || MoveRetryFirst <= TimeSpan.Zero || MoveRetryFirst > MoveRetryMost)
        {
            yield return $"orders every {MoveOrderInterval} and retries after {MoveRetryFirst} to {MoveRetryMost}, "
                + "where times above zero that rise were expected";
        }

        if (MoveOrderLimit <= TimeSpan.Zero || MoveOrderLimit > MoveStallAfter || MoveStallAfter >= MoveGiveUpAfter)
        {
            yield return "an order's limit must come before a move counts as stalled, and that before it is given up: "
                + $"{MoveOrderLimit}, {MoveStallAfter}, {MoveGiveUpAfter}";
        }

        if (MoveUndoWindow < TimeSpan.Zero || PlanSizeLimit <= TimeSpan.Zero || PlanSizeLimit >= WaitLimit)
        {
            yield return $"an undo window of {MoveUndoWindow}, and sizes waited for {PlanSizeLimit}, where times "
                + $"above zero, and below {WaitLimit} for the sizes, were expected";
        }
    }
}
