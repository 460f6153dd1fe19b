namespace OrleansShards.Client.Routing;

/// <summary>A request to a cluster, sent through a router.</summary>
public abstract record ClientRequest : Message
{
    private ClientRequest()
    {
    }

    /// <summary>Whether the request may change anything: if not, a missing answer means for certain that nothing changed.</summary>
    public bool HasEffect => this switch
    {
        OnKey onKey => onKey.Command.Verb != KeyVerb.Read || onKey.Session.Kind != SessionKind.None,
        OfShard ofShard => ofShard.Request is not (GetShardSnapshot or QueryAvailability),
        OfPrimary ofPrimary => ChangesMasters(ofPrimary.Request),
        OfMaster ofMaster => ChangesMasters(ofMaster.Request),
        _ => true,
    };

    /// <summary>
    /// An operation on a key, executed at most once: in the caller's session or, for <see cref="SessionTag.None"/>, in one of
    /// the router's own, so that the router's retries never apply it twice. The shard is null for the key's own.
    /// </summary>
    public sealed record OnKey(KeyCommand Command, ShardId? Shard, SessionTag Session) : ClientRequest
    {
        /// <summary>
        /// Whether another router, which has stopped, may have sent the request in the same session. If so, this router asks
        /// every group for a recorded outcome before the request is executed. False unless set.
        /// </summary>
        public bool MayHaveRun { get; init; }
    }

    /// <summary>
    /// A request to one group's copy of a shard: seeding, the steps of a hand-over, availability. The router retries
    /// all of these except seeding: a second one would undo later writes.
    /// </summary>
    public sealed record OfShard(GroupId Group, ShardId Shard, Message Request) : ClientRequest;

    /// <summary>A request to the current primary: the router follows redirects.</summary>
    public sealed record OfPrimary(Message Request) : ClientRequest;

    /// <summary>A request to one master by name; a redirect is its answer.</summary>
    public sealed record OfMaster(MasterName Master, Message Request) : ClientRequest;

    /// <summary>
    /// A move of a shard to a group, or (null) back to the source of its last move. The cluster drives it; the router sends the
    /// request to the primary and follows the move until the target serves. Ends <see cref="ClientOutcome.Applied"/> with a
    /// <see cref="MoveStatus"/>, or <see cref="ClientOutcome.Rejected"/> if the move failed. At the deadline an unfinished move
    /// continues, and the outcome is <see cref="ClientOutcome.Unknown"/>.
    /// </summary>
    public sealed record Move(ShardId Shard, GroupId? Target) : ClientRequest;

    private static bool ChangesMasters(Message request) => request is not (
        QueryShadowStatus or QueryConfig or QueryClusterStatus or QueryShard or QueryMove or Heartbeat
        or JoinGroups { PlanOnly: true } or LeaveGroups { PlanOnly: true } or PinShard { PlanOnly: true });
}

/// <summary>How a request ended. The first three are definite.</summary>
public abstract record ClientOutcome : Message
{
    private ClientOutcome()
    {
    }

    /// <summary>Executed, durably.</summary>
    public sealed record Applied(Message Reply) : ClientOutcome;

    /// <summary>
    /// Examined and refused: a key is absent, a value differs, an operation comes in the wrong state. A repetition is refused,
    /// too, until something else has changed.
    /// </summary>
    public sealed record Rejected(Message Reply) : ClientOutcome;

    /// <summary>
    /// Not executed, now or later: no node accepted it in time. The text names the last obstacle; the
    /// reply is the last refusal, which may name the responsible node, or null.
    /// </summary>
    public sealed record NotApplied(string Text, Message? Reply) : ClientOutcome
    {
        /// <summary>Whether the obstacle may pass. False where this client will never send anything again. True unless set.</summary>
        public bool MayHelpToRepeat { get; init; } = true;
    }

    /// <summary>Executed once, or will be, or never: this was not known by the deadline. The text says what is known.</summary>
    public sealed record Unknown(string Text) : ClientOutcome;
}
