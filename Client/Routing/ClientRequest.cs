namespace OrleansShards.Client.Routing;

/// <summary>What somebody asks of a cluster, through a router.</summary>
public abstract record ClientRequest : Message
{
    private ClientRequest()
    {
    }

    /// <summary>Whether carrying it out may change anything: if not, an answer that fails to come is a definite refusal.</summary>
    public abstract bool HasEffect { get; }

    /// <summary>
    /// An operation on a key, carried out at most once: in <paramref name="Session"/> if it has one, else in one of the
    /// router's own, so that the router's retries never apply it twice.
    /// </summary>
    /// <param name="Command">The operation.</param>
    /// <param name="Shard">The shard, where the caller names it; null for the key's own.</param>
    /// <param name="Session">The caller's session, or <see cref="SessionTag.None"/>.</param>
    public sealed record OnKey(KeyCommand Command, ShardId? Shard, SessionTag Session) : ClientRequest
    {
        /// <summary>
        /// Whether another router, which is gone, may have sent it in the same session already: then every group's copy
        /// is asked for a recorded outcome before it is carried out anew.
        /// </summary>
        /// <value>False unless set.</value>
        public bool MayHaveRun { get; init; }

        /// <inheritdoc />
        public override bool HasEffect => Command.Verb != KeyVerb.Read || Session.Kind != SessionKind.None;
    }

    /// <summary>
    /// Something about a shard, asked of one group's copy: seeding, the steps of a hand-over, availability. All of
    /// these can be repeated without harm, and the router does.
    /// </summary>
    /// <param name="Group">The group.</param>
    /// <param name="Shard">The shard.</param>
    /// <param name="Request">What is asked.</param>
    public sealed record OfShard(GroupId Group, ShardId Shard, Message Request) : ClientRequest
    {
        /// <inheritdoc />
        public override bool HasEffect => Request is not (GetShardSnapshot or QueryAvailability);
    }

    /// <summary>Something asked of whoever is the primary: the router follows redirects.</summary>
    /// <param name="Request">What is asked.</param>
    public sealed record OfPrimary(Message Request) : ClientRequest
    {
        /// <inheritdoc />
        public override bool HasEffect => ChangesMasters(Request);
    }

    /// <summary>Something asked of one master and nobody else: redirects are the answer.</summary>
    /// <param name="Master">The master.</param>
    /// <param name="Request">What is asked.</param>
    public sealed record OfMaster(MasterName Master, Message Request) : ClientRequest
    {
        /// <inheritdoc />
        public override bool HasEffect => ChangesMasters(Request);
    }

    /// <summary>
    /// A move of a shard that the cluster drives, from the request to its end: asked of whoever is the primary, then
    /// followed until the target serves. Ends <see cref="ClientOutcome.Applied"/> with a <see cref="MoveStatus"/>, or
    /// <see cref="ClientOutcome.Rejected"/> where the move came to nothing. One that is not at its end by the deadline
    /// goes on; its outcome is <see cref="ClientOutcome.Unknown"/>.
    /// </summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="Target">The group that is to have it; null for the one that its last move took it from.</param>
    public sealed record Move(ShardId Shard, GroupId? Target) : ClientRequest
    {
        /// <inheritdoc />
        public override bool HasEffect => true;
    }

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

    /// <summary>Carried out, durably.</summary>
    /// <param name="Reply">What was answered.</param>
    public sealed record Applied(Message Reply) : ClientOutcome;

    /// <summary>
    /// Looked at and refused for what it is: a key that is absent, a value that differs, an operation in the wrong
    /// state. Repeating it makes no sense before something else has changed.
    /// </summary>
    /// <param name="Reply">The refusal.</param>
    public sealed record Rejected(Message Reply) : ClientOutcome;

    /// <summary>Not carried out, and it will not be: nobody could be found in time who would. Repeating it may help.</summary>
    /// <param name="Text">What stood in the way, last of all.</param>
    /// <param name="Reply">The last refusal, which may name who is responsible; null without one.</param>
    public sealed record NotApplied(string Text, Message? Reply) : ClientOutcome;

    /// <summary>It was, or will be, carried out once, or never: nobody can tell by the deadline.</summary>
    /// <param name="Text">What is known.</param>
    public sealed record Unknown(string Text) : ClientOutcome;
}
