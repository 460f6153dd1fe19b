using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>How a master runs. Immutable; the shells build it from their own validated options.</summary>
public sealed record MasterConfig
{
    /// <summary>This master's name.</summary>
    public required MasterName Self { get; init; }

    /// <summary>What the cluster is to be founded with, should the log be empty; else what the log says holds.</summary>
    public required ClusterDefinition Definition { get; init; }

    /// <summary>The log's name.</summary>
    public LogName LogName { get; init; } = LogName.Master;

    /// <summary>How the log is written and read.</summary>
    /// <value>Unless set: an empty record a second as the heartbeat, self-stop after 7 s.</value>
    public LogOptions Log { get; init; } = new() { HeartbeatInterval = TimeSpan.FromSeconds(1) };

    /// <summary>For how long the log must not have grown before the shadow takes over.</summary>
    /// <value>10 s unless set: the protocol's figure.</value>
    public TimeSpan DetectAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A gap between two of the shadow's own steps, or between two of its reads, that is longer: it was itself paused
    /// or blind, and the silence that it has seen proves nothing.
    /// </summary>
    /// <value>1 s unless set: ten ticks.</value>
    public TimeSpan OwnPauseAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a planned hand-over may last before the old primary goes on.</summary>
    /// <value>500 ms unless set: the protocol's figure.</value>
    public TimeSpan SwitchoverLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a takeover's redirect phase waits for the groups' heartbeats.</summary>
    /// <value>1 s unless set: groups send one a second.</value>
    public TimeSpan RedirectLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a request may wait at a master for something that is neither a put nor a read of the log.</summary>
    /// <value>3.5 s unless set: less than <see cref="ForwardLimit"/>, so that a certain answer still gets back.</value>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromSeconds(3.5);

    /// <summary>How long a primary waits for the shadow that it has passed a request on to.</summary>
    /// <value>4 s unless set: below the gateway's 4.5 s.</value>
    public TimeSpan ForwardLimit { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a shadow that was told of more may read before it says how far it is.</summary>
    /// <value>500 ms unless set: below <see cref="ProgressLimit"/>.</value>
    public TimeSpan CatchUpLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a primary waits for the shadow's progress before it tells it again.</summary>
    /// <value>1 s unless set.</value>
    public TimeSpan ProgressLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a master whose attempt to lead has failed waits before the next.</summary>
    /// <value>500 ms unless set.</value>
    public TimeSpan LeadRetryInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How many requests may wait, in each of the places where they do; beyond it they are refused as unavailable.</summary>
    /// <value>1,024 unless set.</value>
    public int WaitingMax { get; init; } = 1024;

    /// <summary>How many decisions that were never durable a deposed primary keeps for inspection, the newest.</summary>
    /// <value>64 unless set.</value>
    public int UndurableMax { get; init; } = 64;

    /// <summary>
    /// How many moves may get on at once before their commit. One that stands still (its target does not answer, its
    /// source does not let itself be sealed) leaves its place to others; a committed one needs none.
    /// </summary>
    /// <value>2 unless set: while one waits for its seal the other copies, and the store keeps most of its
    /// bandwidth for requests.</value>
    public int MovesAtOnce { get; init; } = 2;

    /// <summary>How often the copies of a move are told what is wanted of them.</summary>
    /// <value>200 ms unless set: the time that a lost order costs.</value>
    public TimeSpan MoveOrderInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a copy's answer to an order is waited for before the order is given again.</summary>
    /// <value>1 s unless set.</value>
    public TimeSpan MoveOrderLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A move that has not got on for so long stands still.</summary>
    /// <value>2 s unless set: two orders without an answer.</value>
    public TimeSpan MoveStallAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long the target of a move may not answer before the move is given up, to be begun again later; and for how
    /// long the copies of an aborted one are told so.
    /// </summary>
    /// <value>10 s unless set: as long as a silent primary has.</value>
    public TimeSpan MoveGiveUpAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after a move was given up the next one of that shard may begin; doubles each time.</summary>
    /// <value>1 s unless set.</value>
    public TimeSpan MoveRetryFirst { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such wait.</summary>
    /// <value>30 s unless set.</value>
    public TimeSpan MoveRetryMost { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long after its commit a move may be undone, on the primary's clock since it learned of the commit; a new
    /// primary counts from its takeover.
    /// </summary>
    /// <value>10 minutes unless set.</value>
    public TimeSpan MoveUndoWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a plan waits for the sources to say how much they hold.</summary>
    /// <value>1 s unless set: below <see cref="WaitLimit"/>.</value>
    public TimeSpan PlanSizeLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What is wrong with it, for people; nothing where it is sound.</summary>
    public IEnumerable<string> Problems() => [.. OwnProblems(), .. MoveProblems()];

    private IEnumerable<string> MoveProblems()
    {
        if (MovesAtOnce < 1)
            yield return $"{MovesAtOnce} moves at once, where at least one was expected";

        if (MoveOrderInterval <= TimeSpan.Zero || MoveRetryFirst <= TimeSpan.Zero || MoveRetryFirst > MoveRetryMost)
        {
            yield return $"orders every {MoveOrderInterval} and retries after {MoveRetryFirst} to {MoveRetryMost}, "
                + "where times above zero that rise were expected";
        }

        if (MoveOrderLimit <= TimeSpan.Zero || MoveOrderLimit > MoveStallAfter || MoveStallAfter >= MoveGiveUpAfter)
        {
            yield return "an order's limit must come before a move stands still, and that before it is given up: "
                + $"{MoveOrderLimit}, {MoveStallAfter}, {MoveGiveUpAfter}";
        }

        if (MoveUndoWindow < TimeSpan.Zero || PlanSizeLimit <= TimeSpan.Zero || PlanSizeLimit >= WaitLimit)
        {
            yield return $"an undo window of {MoveUndoWindow}, and sizes waited for {PlanSizeLimit}, where times "
                + $"above zero, and below {WaitLimit} for the sizes, were expected";
        }
    }

    private IEnumerable<string> OwnProblems()
    {
        if (Definition.Problem() is { } problem)
            yield return problem;

        if (Log.HeartbeatInterval is not { } heartbeat)
            yield return "a master's log without heartbeats: its primary would be taken for dead";
        else if (heartbeat >= Log.SelfStopAfter)
            yield return $"heartbeats every {heartbeat} must come before the self-stop after {Log.SelfStopAfter}";

        if (Log.SelfStopAfter >= DetectAfter)
            yield return $"the self-stop after {Log.SelfStopAfter} must come before the detection after {DetectAfter}";

        if (WaitLimit >= ForwardLimit || CatchUpLimit >= ProgressLimit)
        {
            yield return "a master must answer before its caller gives up: "
                + $"{WaitLimit} within {ForwardLimit}, {CatchUpLimit} within {ProgressLimit}";
        }
    }
}
