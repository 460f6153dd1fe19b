namespace OrleansShards.Client.Routing;

/// <summary>
/// The state of one request: where it goes next, what an answer means, and its outcome at the deadline. The router sends
/// it.
/// </summary>
internal abstract class Job(ulong ticket, bool hasEffect)
{
    // Ten times what a call takes, on a machine that has other things to do.
    private static readonly TimeSpan LastAttemptMax = TimeSpan.FromMilliseconds(300);

    internal ulong Ticket { get; } = ticket;

    /// <summary>Its place among the router's open requests; null once it has ended.</summary>
    internal LinkedListNode<Job>? Place { get; set; }

    internal Instant Deadline { get; set; }

    internal TimeSpan AttemptLimit { get; set; }

    /// <summary>The most that one attempt may take, whatever the deadline is.</summary>
    internal virtual TimeSpan AttemptLimitMax => TimeSpan.MaxValue;

    /// <summary>The back-off before the next attempt.</summary>
    internal TimeSpan Pause { get; set; }

    /// <summary>When it is asked again; null while an attempt or a question about the owner is under way.</summary>
    internal Instant? AskAt { get; set; }

    /// <summary>How often in a row it was redirected without a pause.</summary>
    internal int Redirects { get; set; }

    /// <summary>Whether an attempt is under way that nobody has answered.</summary>
    internal bool IsUnderWay { get; set; }

    /// <summary>
    /// Whether some attempt may have been carried out, or may still arrive: then only a recorded outcome ends the
    /// request as definite, no refusal does.
    /// </summary>
    internal bool IsDoubtful { get; set; }

    internal Message? LastRefusal { get; set; }

    /// <summary>Why the request has not succeeded yet, as text for an operator.</summary>
    internal string Obstacle { get; set; } = "nobody has answered";

    /// <summary>Whether it may be sent again when it may have been carried out.</summary>
    internal virtual bool IsRepeatable => true;

    /// <summary>Whether what is under way may be carried out; a question that comes first may not.</summary>
    internal virtual bool MayRun => true;

    internal abstract Message Wire { get; }

    /// <summary>Where it goes now; null where the shard's owner has to be asked for first.</summary>
    internal abstract NodeAddress? Target(RoutingTable routes);

    internal abstract Verdict Judge(NodeAddress asked, Message reply, RoutingTable routes);

    internal abstract void Failed(NodeAddress asked, bool delivered, RoutingTable routes);

    internal virtual ClientOutcome AtDeadline() => hasEffect && (IsDoubtful || (IsUnderWay && MayRun))
        ? new ClientOutcome.Unknown($"no answer by the deadline ({Obstacle}): it took effect once, or never will")
        : new ClientOutcome.NotApplied(Obstacle, LastRefusal);

    /// <summary>
    /// Whether another attempt would come too late to be answered: so far every one was refused, which can be said for
    /// certain at the deadline, and one that is under way then would spoil that.
    /// </summary>
    internal bool IsTooLate(Instant now) => hasEffect && !IsDoubtful && LastRefusal is not null
        && Deadline - now < (AttemptLimit / 2 < LastAttemptMax ? AttemptLimit / 2 : LastAttemptMax);

    /// <summary>A transient refusal: try again after the back-off.</summary>
    protected Verdict Later(Message refusal, string text)
    {
        LastRefusal = refusal;
        Obstacle = text;
        return Verdict.AskLater;
    }

    /// <summary>A reply that the protocol does not allow here.</summary>
    protected static Verdict Foreign(NodeAddress asked, Message reply) => throw new InvalidOperationException(
        $"{asked} answered with {reply.GetType().Name}, which is no answer to this request");
}

/// <summary>What an answer means for the request that it belongs to.</summary>
/// <param name="Next">What to do now.</param>
/// <param name="Outcome">Set where the request has ended.</param>
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
}
