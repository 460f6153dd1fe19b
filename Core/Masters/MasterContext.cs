using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>What the parts of one master share during a step: its log, its state, its clock and where effects go.</summary>
internal sealed class MasterContext
{
    internal MasterContext(MasterConfig config, Incarnation run)
    {
        Config = config;
        Writer = new WriterId(config.Self.Value, run);
        Calls = new PendingCalls<MasterCall>(run);
        Log = new LogReplica<MasterOutcome>(config.LogName, Writer, config.Log, State);
    }

    internal MasterConfig Config { get; }

    internal WriterId Writer { get; }

    internal MasterState State { get; } = new();

    internal LogReplica<MasterOutcome> Log { get; }

    internal LogOutput<MasterOutcome> Output { get; } = new();

    internal PendingCalls<MasterCall> Calls { get; }

    /// <summary>What this leadership has heard of its moves, by shard.</summary>
    internal SortedDictionary<int, MoveRun> MoveRuns { get; } = [];

    internal Instant Now { get; private set; }

    internal MasterName Self => Config.Self;

    /// <summary>The cluster as the log has it; before that is read, as this master was told.</summary>
    internal ClusterDefinition Cluster => State.Definition ?? Config.Definition;

    internal MasterName? Other => Cluster.OtherThan(Self);

    internal Term Term => Log.Applied.Term;

    internal bool Leads => Log.Role == LogRole.Leading;

    /// <summary>
    /// Whether this master may call itself the primary without asking the log. One that slept, or whose puts take too
    /// long, may not: a rival may have begun to count when the last put that succeeded was asked for.
    /// </summary>
    internal bool Claims => Leads && Now - Log.ProvedAt < Config.Log.SelfStopAfter;

    /// <summary>Who opened the newest term that was read; null in an empty log.</summary>
    internal MasterName? Opener => Log.Opener is { } opener ? new MasterName(opener.Node) : null;

    /// <summary>The primary as far as this master knows; null where it led itself and does not any more.</summary>
    internal MasterName? KnownPrimary =>
        Leads ? Self
        : Opener == Self ? null
        : Opener;

    internal void Begin(Instant now, List<Effect> effects)
    {
        Now = now;
        Output.Effects = effects;
    }

    internal void Answer(CallId call, Message reply) => Output.Effects.Add(new Effect.Answer(call, reply));

    internal void Refuse(CallId call, MasterRefusalKind kind, string text) => Answer(call, Refusal(kind, text));

    internal void Publish(Message notice) => Output.Effects.Add(new Effect.Publish(notice));

    internal void Alarm(string text) => Output.Effects.Add(new Effect.Alarm($"master {Self}: {text}"));

    internal void Propose(MasterEntry entry, MasterPurpose purpose) =>
        Log.Propose(MasterEntryCodec.Encode(entry), purpose, Output);

    /// <summary>Answers when it is proved that this master still led after the request had come.</summary>
    internal void AnswerFromLog(CallId call, Func<Message> reply) =>
        Log.Read(new MasterPurpose.Reply(call, reply), Output);

    internal NotPrimary NotPrimary(string? text = null) =>
        new(KnownPrimary, Term, text ?? $"master {Self} is not the primary");

    internal MasterRefusal Refusal(MasterRefusalKind kind, string text) => new(kind, text, KnownPrimary);
}

/// <summary>What a call of a master to the other one is for.</summary>
internal abstract record MasterCall
{
    private MasterCall()
    {
    }

    /// <summary>It was told that the log has grown.</summary>
    internal sealed record Grew : MasterCall
    {
        internal static Grew Instance { get; } = new();
    }

    /// <summary>It was passed a request, whose caller waits for its answer.</summary>
    internal sealed record Forwarded(CallId Caller) : MasterCall;

    /// <summary>A copy was given an order about a move.</summary>
    internal sealed record Ordered(PendingMoveCall Pending, MoveCommand Command) : MasterCall;

    /// <summary>A source was asked how much it holds.</summary>
    internal sealed record Sized(PlanInquiry Inquiry, int Number) : MasterCall;
}

/// <summary>What a proposal or a read of the log is for; comes back with what became of it.</summary>
internal abstract record MasterPurpose
{
    private MasterPurpose()
    {
    }

    /// <summary>A read that a caller waits for.</summary>
    internal sealed record Reply(CallId Call, Func<Message> Message) : MasterPurpose;

    /// <summary>A decision that a caller waits for.</summary>
    internal sealed record Decide(CallId Call, MasterEntry Entry) : MasterPurpose;

    /// <summary>The founding.</summary>
    internal sealed record Found : MasterPurpose;

    /// <summary>A takeover's record.</summary>
    internal sealed record Record(Takeover Takeover) : MasterPurpose;

    /// <summary>A takeover's last phase.</summary>
    internal sealed record Redirect : MasterPurpose;

    /// <summary>A planned hand-over.</summary>
    internal sealed record Switchover(SwitchoverAttempt Attempt) : MasterPurpose;

    /// <summary>The end of a hand-over that was not taken.</summary>
    internal sealed record Cancel(SwitchoverAttempt Attempt) : MasterPurpose;

    /// <summary>A step of a move that nobody waits for.</summary>
    internal sealed record Move(ShardId Shard) : MasterPurpose;

    /// <summary>A check whether this master still leads, for nobody in particular.</summary>
    internal sealed record Verify : MasterPurpose
    {
        internal static Verify Instance { get; } = new();
    }
}
