using OrleansShards.Simulation.Checkers;

namespace OrleansShards.Simulation.Engine;

/// <summary>One run of one node.</summary>
internal sealed class NodeRun(INode node, Incarnation id, Machine machine, string label)
{
    // Sorted, so that what is done call by call has the same order on every machine.
    private static readonly Comparer<CallId> ByNumber = Comparer<CallId>.Create(static (left, right) =>
        (left.Caller.Value, left.Number).CompareTo((right.Caller.Value, right.Number)));

    private readonly HashSet<CallId> _seen = [];

    internal INode Node { get; } = node;

    internal Incarnation Id { get; } = id;

    internal NodeAddress Address { get; } = node.Address;

    internal Machine Machine { get; } = machine;

    /// <summary>The log of a shard's node.</summary>
    internal LogName ShardLog => LogName.Shard(new GroupId(Address.Name), new ShardId(Address.Number));

    internal bool IsUp { get; set; } = true;

    internal bool NeedsFlush { get; set; }

    /// <summary>The node crashes in its next step that has more effects than this, after so many of them.</summary>
    internal int? CrashAfterEffects { get; set; }

    /// <summary>Puts whose completion has not arrived.</summary>
    internal int PutsUnderWay { get; set; }

    /// <summary>Whether one of its reads came back torn: then it may find its log damaged.</summary>
    internal bool HasReadTorn { get; set; }

    internal SortedDictionary<CallId, OwedAnswer> Owes { get; } = new(ByNumber);

    /// <summary>From now on the run owes an answer; false if it has had the call before: hosts deliver at most once to each run.</summary>
    internal bool TryOwe(Event.Called call, long now) =>
        _seen.Add(call.Id) && Owes.TryAdd(call.Id, new OwedAnswer(now, call.Request));

    /// <summary>Notes that the run answers a call, and says since when it owed the answer.</summary>
    internal long Pay(Effect.Answer answer)
    {
        if (!Owes.TryGetValue(answer.Id, out OwedAnswer owed))
            throw new ViolationException("one-answer", $"{this} answers a call twice, with {answer.Reply}");

        Owes.Remove(answer.Id);
        return owed.Since;
    }

    /// <summary>The address, and which run of it this is.</summary>
    public override string ToString() => label;
}

/// <summary>An answer that a run owes: since when, and to what.</summary>
internal readonly record struct OwedAnswer(long Since, Message Request);
