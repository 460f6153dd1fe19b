using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>What the parts of one master share during a step: its log, its state, its clock and the step's effects.</summary>
internal sealed class MasterContext
{
    private (Instant At, DateTimeOffset Utc)? _ticked;

    internal MasterContext(MasterConfig config, Incarnation run)
    {
        Config = config;
        Writer = new WriterId(config.Self.Value, run);
        Calls = new PendingCalls<MasterCall>(run);
        Log = new LogReplica<MasterOutcome>(LogName.Master, Writer, config.Log, State);
    }

    internal MasterConfig Config { get; }

    internal WriterId Writer { get; }

    internal MasterState State { get; } = new();

    internal LogReplica<MasterOutcome> Log { get; }

    internal LogOutput<MasterOutcome> Output { get; } = new();

    internal PendingCalls<MasterCall> Calls { get; }

    /// <summary>What this leadership knows of its moves, by shard.</summary>
    internal SortedDictionary<int, MoveRun> MoveRuns { get; } = [];

    /// <summary>How long ago the newest moves were committed, whoever led at that time.</summary>
    internal CommitAges Commits { get; } = new();

    internal Instant Now { get; private set; }

    internal MasterName Self => Config.Self;

    /// <summary>The cluster as the log has it; until that is read, as configured.</summary>
    internal ClusterDefinition Cluster => State.Definition ?? Config.Definition;

    /// <summary>Every group of the cluster, members or not.</summary>
    internal ImmutableArray<GroupId> Groups => State.Definition is null ? Config.Definition.Groups : State.Groups;

    internal MasterName? Other => Cluster.OtherThan(Self);

    internal Term Term => Log.Applied.Term;

    internal bool Leads => Log.Role == LogRole.Leading;

    /// <summary>
    /// Whether this master may call itself the primary without asking the log. After a pause or during slow puts it may
    /// not: a rival's detection time may run since the last successful put was requested.
    /// </summary>
    internal bool IsWithinSelfStop => Leads && Now - Log.ProvedAt < Config.Log.SelfStopAfter;

    /// <summary>The master that opened the newest term that was read; null in an empty log.</summary>
    internal MasterName? Opener => Log.Opener is { } opener ? new MasterName(opener.Node) : null;

    /// <summary>The master that a takeover would depose.</summary>
    internal MasterName Incumbent => Opener ?? Cluster.Masters[0];

    /// <summary>The primary as far as this master knows; null where it led itself and no longer does.</summary>
    internal MasterName? KnownPrimary =>
        Leads ? Self
        : Opener == Self ? null
        : Opener;

    /// <summary>What the host's wall clock shows, carried on from its last tick; null where it has none.</summary>
    internal DateTimeOffset? Utc => _ticked is { } tick ? tick.Utc + (Now - tick.At) : null;

    internal void Begin(Instant now, Event happened, List<Effect> effects)
    {
        Now = now;
        Output.Effects = effects;
        if (happened is Event.Tick { Utc: { } utc })
            _ticked = (now, utc);
    }

    internal void Answer(CallId call, Message reply) => Output.Effects.Add(new Effect.Answer(call, reply));

    internal void Refuse(CallId call, MasterRefusalKind kind, string text) => Answer(call, Refusal(kind, text));

    /// <summary>Refuses a call, and returns true, if it names a shard or a group that does not exist.</summary>
    internal bool RefuseUnknown(CallId call, ShardId shard, GroupId? group = null)
    {
        string? unknown = Cluster.Unknown(shard) ?? (group is { } named ? State.Unknown(named) : null);
        if (unknown is not null)
            Refuse(call, MasterRefusalKind.UnknownName, unknown);

        return unknown is not null;
    }

    internal void Publish(Message notice) => Output.Effects.Add(new Effect.Publish(notice));

    internal void Alarm(string text) => Output.Effects.Add(new Effect.Alarm($"master {Self}: {text}"));

    internal void Call(NodeAddress to, Message request, MasterCall purpose, TimeSpan limit) =>
        Calls.Open(to, request, purpose, Now + limit, Output.Effects);

    internal void Propose(MasterEntry entry, MasterPurpose purpose) =>
        Log.Propose(MasterEntryCodec.Encode(entry with { At = Utc, KeepsTraces = MayEndMove(entry) }), purpose, Output);

    // Others are left as they were, so that a shadow of the release before can follow while nothing is moved.
    private bool MayEndMove(MasterEntry entry) =>
        entry is MasterEntry.OfGroups or MasterEntry.Pinned or MasterEntry.Wanted or MasterEntry.MoveCancelled or MasterEntry.MoveAborted
        || (entry is MasterEntry.OwnerReported { Shard: var shard } && State.Moves.FindActive(shard) is not null);

    /// <summary>Answers when the log has proved that this master still led after the request arrived.</summary>
    internal void AnswerFromLog(CallId call, Func<Message> reply) => Log.Read(new MasterPurpose.Reply(call, reply), Output);

    /// <summary>Checks in the log whether this master still leads; if it does not, the log steps down.</summary>
    internal void VerifyLeadership() => Log.Read(new MasterPurpose.Verify(), Output);

    internal NotPrimary NotPrimary(string? text = null) => new(KnownPrimary, Term, text ?? $"master {Self} is not the primary");

    internal MasterRefusal Refusal(MasterRefusalKind kind, string text) => new(kind, text, KnownPrimary);
}

internal abstract record MasterCall
{
    internal sealed record Grew : MasterCall;

    /// <summary>The other master was passed a request, whose caller waits for its answer.</summary>
    internal sealed record Forwarded(CallId Caller) : MasterCall;

    internal sealed record Commanded(PendingMoveCall Pending, MoveCommand Command) : MasterCall;

    internal sealed record Sized(SizeInquiry Inquiry, int Number) : MasterCall;
}

/// <summary>The purpose of a proposal or a read of the log; comes back with the result.</summary>
internal abstract record MasterPurpose
{
    /// <summary>A read that a caller waits for.</summary>
    internal sealed record Reply(CallId Call, Func<Message> Message) : MasterPurpose;

    internal sealed record Decide(CallId Call, MasterEntry Entry) : MasterPurpose;

    internal sealed record Create : MasterPurpose;

    internal sealed record Record(Takeover Takeover) : MasterPurpose;

    /// <summary>The last phase of a takeover.</summary>
    internal sealed record Redirect : MasterPurpose;

    internal sealed record Switchover(SwitchoverAttempt Attempt) : MasterPurpose;

    /// <summary>The cancellation of a switchover that was not taken.</summary>
    internal sealed record Cancel(SwitchoverAttempt Attempt) : MasterPurpose;

    /// <summary>Groups that become known; a caller waits for the decision behind it.</summary>
    internal sealed record Add : MasterPurpose;

    /// <summary>A step of a move, without a caller.</summary>
    internal sealed record Move(ShardId Shard) : MasterPurpose;

    /// <summary>A check whether this master still leads, without a caller.</summary>
    internal sealed record Verify : MasterPurpose;
}
