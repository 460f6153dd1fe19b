using OrleansShards.Simulation.Checkers;

namespace OrleansShards.Simulation.Engine;

/// <summary>One run of one node.</summary>
internal sealed class NodeRun(INode node, Incarnation id, Machine machine, string label)
{
    private readonly HashSet<CallKey> _seen = [];

    internal INode Node { get; } = node;

    internal Incarnation Id { get; } = id;

    internal NodeAddress Address { get; } = node.Address;

    internal Machine Machine { get; } = machine;

    /// <summary>For people: the address and the how manieth run of it.</summary>
    internal string Label { get; } = label;

    internal bool IsUp { get; set; } = true;

    internal bool NeedsFlush { get; set; }

    /// <summary>A crash that waits for the next step with so many effects.</summary>
    internal int? CrashAfterEffects { get; set; }

    /// <summary>Puts that were asked for and have not come back.</summary>
    internal int PutsUnderWay { get; set; }

    /// <summary>Whether a read of its came back torn: then it may find its log damaged.</summary>
    internal bool HasReadTorn { get; set; }

    /// <summary>Calls that it has to answer: since when, what, and how often they arrived.</summary>
    internal SortedDictionary<CallKey, (long Since, Message Request, int Times)> Owes { get; } = [];

    /// <summary>
    /// Whether a call has been delivered to this run before. A host's contract is to deliver it at most once; a copy that
    /// reaches another run of the node is not known there.
    /// </summary>
    internal bool HasSeen(CallId call) => !_seen.Add(CallKey.Of(call));

    internal void Owe(Event.Called call, long now)
    {
        CallKey key = CallKey.Of(call.Id);
        Owes[key] = Owes.TryGetValue(key, out (long Since, Message Request, int Times) owed)
            ? owed with { Times = owed.Times + 1 }
            : (now, call.Request, 1);
    }

    /// <summary>It answers a call.</summary>
    /// <returns>Since when it owed the answer.</returns>
    internal long Pay(Effect.Answer answer)
    {
        CallKey key = CallKey.Of(answer.Id);
        if (!Owes.TryGetValue(key, out (long Since, Message Request, int Times) owed))
            throw new ViolationException("one-answer", $"{this} answers a call twice, with {answer.Reply}");

        if (owed.Times == 1)
            Owes.Remove(key);
        else
            Owes[key] = owed with { Times = owed.Times - 1 };

        return owed.Since;
    }

    public override string ToString() => Label;
}
