using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>What the parts of a shard's node share: the state, the log, calls of other nodes, timers, and the step's effects.</summary>
internal sealed class ShardTurn
{
    private readonly PendingCalls<Action<Message?>> _calls;
    private readonly List<(Instant Due, Action Then)> _timers = [];

    internal ShardTurn(ShardConfig config)
    {
        Config = config;
        Address = NodeAddress.Of(config.Group, config.Shard);
        State = new ShardState(config.Group, config.SessionsMax);
        WriterId writer = new($"{config.Group}/{config.Shard}", config.Run);
        Replica = new LogReplica<Message>(LogName.Shard(config.Group, config.Shard), writer, config.Log, State);
        Primary = new PrimaryLocator(config.Masters);
        _calls = new PendingCalls<Action<Message?>>(config.Run);
    }

    internal ShardConfig Config { get; }

    internal NodeAddress Address { get; }

    internal ShardState State { get; }

    internal ShardOwnership Ownership => State.Ownership;

    internal LogReplica<Message> Replica { get; }

    internal PrimaryLocator Primary { get; }

    internal GroupId Self => Config.Group;

    internal Instant Now { get; private set; }

    /// <summary>How many bytes all shards on the host held when they were measured last.</summary>
    internal long HostBytes { get; set; }

    /// <summary>The replica's notices, and the effects of this step.</summary>
    internal LogOutput<Message> Output { get; } = new();

    internal void Begin(Instant now, List<Effect> effects)
    {
        Now = now;
        Output.Effects = effects;
    }

    internal void Answer(Event.Called call, Message reply) => Output.Effects.Add(new Effect.Answer(call.Id, Sendable(reply)));

    /// <summary>
    /// The refusal of content that would grow by so many bytes beyond a limit; null if there is room. What shrinks is never refused, or
    /// nobody could make room. What other requests have proposed is not counted yet: the limit may be exceeded by what waits for the log.
    /// </summary>
    internal ShardRefusal? Full(long growth) =>
        growth <= 0 ? null
        : State.ContentBytes + growth > Config.Limits.ShardBytesMax ? Config.Limits.ShardFull(State.ContentBytes, growth)
        : HostBytes + growth > Config.Limits.SiloBytesMax ? Config.Limits.SiloFull(HostBytes, growth)
        : null;

    /// <summary>How many bytes the host has room for.</summary>
    internal long Room => Math.Max(0, Config.Limits.SiloBytesMax - HostBytes);

    // A value that an earlier release took may be too large to be sent. The operation has been carried out, or changes nothing.
    private static Message Sendable(Message reply) => reply switch
    {
        KeyReply { Verdict: KeyVerdict.Differs } differs when DataLimits.OfMessage("", differs.Value.Span.Length) is not null =>
            new KeyReply(KeyVerdict.Differs, default),
        KeyReply key => (Message?)DataLimits.OfMessage("the value", key.Value.Span.Length) ?? key,
        ShardSnapshotReply snapshot => (Message?)DataLimits.OfSnapshot(snapshot.Snapshot.Span.Length) ?? snapshot,
        _ => reply,
    };

    /// <summary>Answers a call that is not carried out. A query for availability is never refused: the answer is no.</summary>
    internal void Refuse(Event.Called call, Message refusal) =>
        Answer(call, call.Request is QueryAvailability ? new ShardAvailability(false) : refusal);

    /// <summary>Continues when the log has proved that this copy still led after this moment.</summary>
    internal void Gate(Event.Called call, Action then) =>
        Replica.Read(new LogWait(_ => then(), refusal => Refuse(call, refusal)), Output);

    /// <summary>Answers with the entry's outcome: at once where it would change nothing, otherwise when it is durable.</summary>
    internal void ProposeUnlessNoOp(TransferEntry entry, Event.Called call) =>
        ProposeUnlessNoOp(entry, call, outcome => Answer(call, outcome));

    internal void ProposeUnlessNoOp(TransferEntry entry, Event.Called call, Action<Message> then)
    {
        Decision decision = State.Decide(entry);
        if (decision.Next is null)
            then(decision.Outcome);
        else
            Propose(entry, then, refusal => Refuse(call, refusal));
    }

    internal void Propose(TransferEntry entry, Action<Message> committed, Action<Message> failed) => Replica.Propose(
        TransferEntryCodec.Encode(entry), new LogWait(outcome => committed(outcome!), failed), Output);

    /// <summary>Calls another node once; null means that no answer came before the timeout.</summary>
    internal void Call(NodeAddress to, Message request, TimeSpan timeout, Action<Message?> then) =>
        _calls.Open(to, request, then, Now + timeout, Output.Effects);

    internal void CallCopy(GroupId group, Message request, TimeSpan timeout, Action<Message?> then) =>
        Call(NodeAddress.Of(group, Config.Shard), request, timeout, then);

    /// <summary>
    /// Asks the primary: follows redirects, and tries the next master where one does not answer. Every request that a shard
    /// sends to the masters may be repeated. Null means that no answer came before the timeout.
    /// </summary>
    internal void AskPrimary(Message request, TimeSpan timeout, Action<Message?> then) =>
        AskPrimary(request, Now + timeout, isRedirected: false, then);

    private void AskPrimary(Message request, Instant deadline, bool isRedirected, Action<Message?> then)
    {
        MasterName asked = Primary.Guess;
        Call(NodeAddress.Of(asked), request, CallTimeout(deadline), reply =>
        {
            switch (reply)
            {
                case null:
                    Primary.OnFailed(asked);
                    AskPrimaryLater(request, deadline, then);
                    break;
                case NotPrimary refusal when isRedirected:
                    // Two masters that point at each other are not asked in a tight loop.
                    Primary.OnRefused(asked, refusal);
                    AskPrimaryLater(request, deadline, then);
                    break;
                case NotPrimary refusal:
                    Primary.OnRefused(asked, refusal);
                    AskPrimary(request, deadline, isRedirected: true, then);
                    break;
                case MasterUnknown or MasterRefusal { Kind: MasterRefusalKind.Unavailable }:
                    AskPrimaryLater(request, deadline, then);
                    break;
                default:
                    then(reply);
                    break;
            }
        });
    }

    private void AskPrimaryLater(Message request, Instant deadline, Action<Message?> then)
    {
        if (Now + Config.RetryInterval >= deadline)
            then(null);
        else
            After(Config.RetryInterval, () => AskPrimary(request, deadline, isRedirected: false, then));
    }

    /// <summary>How long one call may take that is part of something with a deadline.</summary>
    internal TimeSpan CallTimeout(Instant deadline)
    {
        TimeSpan left = deadline - Now;
        return left < Config.CallTimeout ? left : Config.CallTimeout;
    }

    internal void Alarm(string text) => Output.Effects.Add(new Effect.Alarm($"{Address}: {text}"));

    internal void After(TimeSpan wait, Action then) => _timers.Add((Now + wait, then));

    internal void Answered(CallId id, Message? reply)
    {
        if (_calls.TryClose(id, out Action<Message?> then))
            then(reply);
    }

    internal void Tick()
    {
        foreach (Action<Message?> late in _calls.Expire(Now))
            late(null);

        // All that is due is taken out first: a timer that a continuation starts is due at a later tick.
        List<Action> due = [.. _timers.Where(timer => timer.Due <= Now).Select(static timer => timer.Then)];
        _timers.RemoveAll(timer => timer.Due <= Now);
        due.ForEach(static then => then());
    }
}

/// <summary>
/// The context of a proposal or read that is one step of several: how to continue with the outcome (null for a read that may be
/// answered), or with a refusal or <see cref="ShardUnknown"/>. A single step's context is the call itself.
/// </summary>
internal sealed record LogWait(Action<Message?> Committed, Action<Message> Failed);
