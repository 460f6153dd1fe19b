using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>What the parts of a shard's node share, and what they can do within a step: answer, ask the log, ask others, wait.</summary>
internal sealed class ShardTurn
{
    private readonly LogOutput<Message> _output = new();
    private readonly PendingCalls<Action<Message?>> _calls;
    private readonly List<(Instant Due, Action Then)> _timers = [];

    internal ShardTurn(ShardConfig config)
    {
        Config = config;
        State = new ShardState(config.Group, config.SessionsMax);
        Address = NodeAddress.Of(config.Group, config.Shard);
        string name = $"{config.Group}/{config.Shard}";
        Replica = new LogReplica<Message>(
            LogName.Shard(config.Group, config.Shard), new WriterId(name, config.Run), config.Log, State);
        _calls = new PendingCalls<Action<Message?>>(config.Run);
        Primary = new PrimaryLocator(config.Masters);
    }

    internal ShardConfig Config { get; }

    internal NodeAddress Address { get; }

    internal ShardState State { get; }

    internal ShardOwnership Ownership => State.Ownership;

    internal LogReplica<Message> Replica { get; }

    internal PrimaryLocator Primary { get; }

    internal GroupId Self => Config.Group;

    internal Instant Now { get; private set; }

    /// <summary>Where the replica puts what it has to say.</summary>
    internal LogOutput<Message> Output => _output;

    internal void Begin(Instant now, List<Effect> effects)
    {
        Now = now;
        _output.Effects = effects;
    }

    internal void Answer(Event.Called call, Message reply) => _output.Effects.Add(new Effect.Answer(call.Id, reply));

    /// <summary>Answers a call that is not carried out. A question about availability is never refused: the answer is no.</summary>
    internal void Refuse(Event.Called call, Message refusal) =>
        Answer(call, call.Request is QueryAvailability ? new ShardAvailability(false) : refusal);

    /// <summary>Goes on when the log has proved that this copy still led after this moment.</summary>
    internal void Gate(Event.Called call, Action then) =>
        Replica.Read(new LogWait(_ => then(), refusal => Refuse(call, refusal)), _output);

    /// <summary>Answers from the ownership where the entry would change nothing, else proposes it: the outcome is the answer.</summary>
    internal void Settle(TransferEntry entry, Event.Called call)
    {
        Decision decision = State.Decide(entry);
        if (decision.Next is null)
            Answer(call, decision.Outcome);
        else
            Replica.Propose(TransferEntryCodec.Encode(entry), call, _output);
    }

    /// <summary>Proposes a step of something longer.</summary>
    internal void Propose(TransferEntry entry, Action<Message> committed, Action<Message> failed) => Replica.Propose(
        TransferEntryCodec.Encode(entry), new LogWait(outcome => committed(outcome!), failed), _output);

    /// <summary>Calls another node once; null is an answer that did not come in time, or never will.</summary>
    internal void Call(NodeAddress to, Message request, TimeSpan patience, Action<Message?> then) =>
        _calls.Open(to, request, then, Now + patience, _output.Effects);

    /// <summary>Tells the operator.</summary>
    internal void Alarm(string text) => _output.Effects.Add(new Effect.Alarm($"{Address}: {text}"));

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

        // What a timer starts anew is due at a later tick.
        List<Action> due = [];
        _timers.RemoveAll(timer =>
        {
            bool isDue = timer.Due <= Now;
            if (isDue)
                due.Add(timer.Then);

            return isDue;
        });
        due.ForEach(static then => then());
    }
}

/// <summary>
/// What goes on when the log has an answer: the context of a proposal or read that is a step of something longer.
/// (A single step has the call itself as its context: it is answered with the outcome.)
/// </summary>
/// <param name="Committed">With the outcome; or, for a read, with null when it may be answered.</param>
/// <param name="Failed">With a refusal, or with <see cref="ShardUnknown"/>.</param>
internal sealed record LogWait(Action<Message?> Committed, Action<Message> Failed);
