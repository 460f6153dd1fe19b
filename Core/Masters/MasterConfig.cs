using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>How a master runs. Immutable; the shells build it from their own validated options.</summary>
public sealed record MasterConfig
{
    /// <summary>This master's name.</summary>
    public required MasterName Self { get; init; }

    /// <summary>
    /// What the cluster is to be founded with, should the log be empty; else what the log says holds.
    /// </summary>
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
    public TimeSpan HandOverLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a takeover's redirect phase waits for the groups' heartbeats.</summary>
    /// <value>1 s unless set: groups send one a second.</value>
    public TimeSpan RedirectLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a request may wait at a master for something that is neither a put nor a read of the log.
    /// </summary>
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

    /// <summary>
    /// How many requests may wait, in each of the places where they do; beyond it they are refused as unavailable.
    /// </summary>
    /// <value>1,024 unless set.</value>
    public int WaitingMax { get; init; } = 1024;

    /// <summary>
    /// How many decisions that were never durable a deposed primary keeps for inspection, the newest.
    /// </summary>
    /// <value>64 unless set.</value>
    public int UndurableMax { get; init; } = 64;

    /// <summary>What is wrong with it, for people; nothing where it is sound.</summary>
    public IEnumerable<string> Problems()
    {
        if (Definition.Problem() is { } problem)
        {
            yield return problem;
        }

        if (Log.HeartbeatInterval is not { } heartbeat)
        {
            yield return "a master's log without heartbeats: its primary would be taken for dead";
        }
        else if (heartbeat >= Log.SelfStopAfter)
        {
            yield return $"heartbeats every {heartbeat} must come before the self-stop after {Log.SelfStopAfter}";
        }

        if (Log.SelfStopAfter >= DetectAfter)
        {
            yield return $"the self-stop after {Log.SelfStopAfter} must come before the detection after {DetectAfter}";
        }

        if (WaitLimit >= ForwardLimit || CatchUpLimit >= ProgressLimit)
        {
            yield return "a master must answer before its caller gives up: "
                + $"{WaitLimit} within {ForwardLimit}, {CatchUpLimit} within {ProgressLimit}";
        }
    }
}
