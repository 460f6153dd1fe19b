using System.Collections.Immutable;

namespace OrleansShards.Client.Routing;

/// <summary>The state of one request: its next target, the meaning of an answer, and the outcome at the deadline.</summary>
internal abstract class Job(ulong ticket, bool hasEffect)
{
    // Ten times the duration of a call on a busy machine.
    private static readonly TimeSpan LastAttemptMax = TimeSpan.FromMilliseconds(300);

    internal ulong Ticket { get; } = ticket;

    /// <summary>Its node in the router's list of open requests; null once it has ended.</summary>
    internal LinkedListNode<Job>? Place { get; set; }

    internal Instant Deadline { get; set; }

    internal TimeSpan AttemptLimit { get; set; }

    /// <summary>The limit of one attempt, whatever the deadline is.</summary>
    internal virtual TimeSpan AttemptLimitMax => TimeSpan.MaxValue;

    /// <summary>The back-off before the next attempt.</summary>
    internal TimeSpan Pause { get; set; }

    /// <summary>When it is sent again; null while an attempt or a question about the owner is under way.</summary>
    internal Instant? AskAt { get; set; }

    /// <summary>Number of redirects since the last pause.</summary>
    internal int Redirects { get; set; }

    /// <summary>Whether an attempt is under way that nobody has answered.</summary>
    internal bool IsUnderWay { get; set; }

    /// <summary>
    /// Whether some attempt may have been executed, or may still arrive: then only a recorded outcome is definite, a refusal
    /// is not.
    /// </summary>
    internal bool IsDoubtful { get; set; }

    internal Message? LastRefusal { get; set; }

    /// <summary>Why it is to be sent again; null if the next message is a further step of it.</summary>
    internal RetryReason? RetryDue { get; set; }

    /// <summary>Why the request has not succeeded yet, as text for an operator.</summary>
    internal string Obstacle { get; set; } = "nobody has answered";

    /// <summary>Whether it may be sent again after an attempt that may have been executed.</summary>
    internal virtual bool IsRepeatable => true;

    /// <summary>The groups that the request names and the shards cannot check.</summary>
    internal ImmutableArray<GroupId> Named { get; init; } = [];

    /// <summary>Whether the router must ask the primary for the cluster's groups before it sends this.</summary>
    internal bool NeedsGroups { get; set; }

    /// <summary>Whether the next attempt may execute the request; a preceding query does not.</summary>
    internal virtual bool MayRun => true;

    internal abstract Message Wire { get; }

    /// <summary>Where it is sent now; null if the router must query the shard's owner first.</summary>
    internal abstract NodeAddress? Target(RoutingTable routes);

    internal abstract Verdict Judge(NodeAddress asked, Message reply, RoutingTable routes);

    internal virtual void OnFailed(NodeAddress asked, bool delivered, RoutingTable routes) => IsDoubtful |= delivered && MayRun;

    internal virtual ClientOutcome AtDeadline() => hasEffect && (IsDoubtful || (IsUnderWay && MayRun))
        ? new ClientOutcome.Unknown($"no answer by the deadline ({Obstacle}): it took effect once, may still do so, or never will")
        : new ClientOutcome.NotApplied(Obstacle, LastRefusal);

    /// <summary>
    /// Whether another attempt could not be answered in time. So far every attempt was refused, so the outcome at the deadline
    /// is definite; an attempt under way at the deadline would make it unknown.
    /// </summary>
    internal bool IsTooLate(Instant now) => hasEffect && !IsDoubtful && LastRefusal is not null
        && Deadline - now < (AttemptLimit / 2 < LastAttemptMax ? AttemptLimit / 2 : LastAttemptMax);

    /// <summary>A transient refusal: retry after the back-off, or at once if another node is responsible.</summary>
    protected Verdict Retry(Message refusal, string text, bool atOnce = false)
    {
        LastRefusal = refusal;
        RetryDue = RetryReason.Refused;
        Obstacle = text;
        return atOnce ? Verdict.AskAgain : Verdict.AskLater;
    }

    /// <summary>The node does not know whether the attempt took effect: retry after the back-off.</summary>
    protected Verdict Doubt(Message unknown, string text)
    {
        IsDoubtful |= MayRun;
        return Retry(unknown, text);
    }

    /// <summary>
    /// A refusal that ends it. After an attempt that may have been executed it says nothing of that one, whose effect may be the reason.
    /// </summary>
    protected Verdict Refuse(ClientOutcome outcome, string text) => hasEffect && IsDoubtful
        ? UnknownAfter(text)
        : Verdict.End(outcome);

    /// <summary>This refusal does not tell what has become of the request.</summary>
    protected static Verdict UnknownAfter(string refusal) =>
        Unknown($"it was asked for before with an outcome that is not known; this time: {refusal}");

    protected static Verdict Unknown(string text) => Verdict.End(new ClientOutcome.Unknown(text));

    /// <summary>
    /// The reply is none that this release knows for the request. It says nothing: the request may have been executed, as if
    /// the answer had been lost.
    /// </summary>
    protected static Verdict Unexpected => new(NextStep.NotUnderstood, null);
}

/// <summary>What an answer means for its request; the outcome is set if the request has ended.</summary>
internal readonly record struct Verdict(NextStep Next, ClientOutcome? Outcome)
{
    internal static Verdict AskAgain => new(NextStep.AskAgain, null);

    internal static Verdict AskLater => new(NextStep.AskLater, null);

    internal static Verdict End(ClientOutcome outcome) => new(NextStep.End, outcome);
}

/// <summary>What to do with a request after an answer.</summary>
internal enum NextStep
{
    End = 1,

    /// <summary>Another node is responsible, and known: ask it at once.</summary>
    AskAgain = 2,

    /// <summary>The refusal is transient: ask again after the back-off.</summary>
    AskLater = 3,

    /// <summary>The answer is not understood: as if it had been lost, so the attempt may have been executed.</summary>
    NotUnderstood = 4,
}

/// <summary>
/// Which reply says that a request was executed. In a rolling upgrade a node of another release may answer with something else:
/// nothing is known then, and only a reply of this table may be passed on as success.
/// </summary>
internal static class ExpectedReplies
{
    /// <summary>Whether a reply is of the kind that an executed request is answered with. Refusals are not.</summary>
    internal static bool Has(Message request, Message reply) => request switch
    {
        KeyRequest => reply is KeyReply,
        SeedShard or ReceiveShard or ConfirmReceived or AbortMigration => reply is ShardDone,
        PrepareMigration or GetShardSnapshot => reply is ShardSnapshotReply,
        QueryAvailability => reply is ShardAvailability,
        CreateCluster => reply is ClusterCreated,
        LocateShard or QueryShard => reply is ShardOwner,
        Heartbeat => reply is HeartbeatReply,
        QueryShadowStatus => reply is ShadowStatusReply,
        TriggerFailover => reply is FailoverReply,
        Switchover => reply is SwitchoverReply,
        QueryConfig => reply is ConfigReply,
        QueryClusterStatus => reply is ClusterStatusReply,
        JoinGroups { PlanOnly: true } or LeaveGroups { PlanOnly: true } or PinShard { PlanOnly: true } => reply is MovePlan,
        JoinGroups or LeaveGroups or PinShard => reply is Rebalanced,
        ForgetGroups => reply is GroupsForgotten,
        ChangeRestore => reply is RestoreStatus,
        MigrateShard or UndoMove or QueryMove => reply is MoveStatus,
        _ => false,
    };
}
