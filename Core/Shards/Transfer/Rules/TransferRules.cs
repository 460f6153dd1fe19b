namespace OrleansShards.Core.Shards;

/// <summary>
/// Which steps a copy's ownership allows: a pure function of ownership and entry. It is called twice for each step: by the
/// node, which answers at once where nothing would change, and when the entry is applied, which decides.
/// </summary>
/// <remarks>What a move's target receives does not change its ownership until it takes the shard: see <see cref="Staging"/>.</remarks>
internal static class TransferRules
{
    internal static Decision Decide(ShardFacts facts, TransferEntry entry) => entry switch
    {
        TransferEntry.Open open => HandOverRules.Open(facts.Ownership, open),
        TransferEntry.Seed seed => HandOverRules.Seed(facts.Ownership, seed),
        TransferEntry.Install install => HandOverRules.Install(facts, install),
        TransferEntry.Discard discard => HandOverRules.Discard(facts, discard),
        TransferEntry.Prepare prepare => HandOverRules.Prepare(facts, prepare),
        TransferEntry.Confirm confirm => HandOverRules.Confirm(facts, confirm),
        TransferEntry.StartAbort start => HandOverRules.StartAbort(facts.Ownership, start),
        TransferEntry.FinishAbort finish => HandOverRules.FinishAbort(facts.Ownership, finish),
        TransferEntry.RefuseAbort refuse => HandOverRules.RefuseAbort(facts.Ownership, refuse),
        TransferEntry.Relinquish relinquish => HandOverRules.Relinquish(facts, relinquish),
        TransferEntry.Seal seal => MoveRules.Seal(facts, seal),
        TransferEntry.Release release => MoveRules.Release(facts.Ownership, release),
        TransferEntry.Unseal unseal => MoveRules.Unseal(facts.Ownership, unseal),
        _ => throw new ArgumentException($"{entry.Kind} changes no ownership", nameof(entry)),
    };
}

/// <summary>
/// The rules' input: a copy's ownership, whether it has neither data nor client sessions, and a function that computes the content's
/// digest by value, which visits every key.
/// </summary>
internal readonly record struct ShardFacts(GroupId Self, ShardOwnership Ownership, bool IsEmpty, Func<ulong> ContentDigest);

/// <summary>What a change of ownership does to the copy's content.</summary>
internal enum ContentChange
{
    Keep = 0,

    /// <summary>The entry's data and client sessions replace the copy's. Router sessions stay.</summary>
    Replace = 1,

    /// <summary>Data and client sessions are dropped. Router sessions stay.</summary>
    Delete = 2,
}

/// <summary>
/// The rules' result for an entry: the new ownership, null where nothing changes and nothing need be logged; what happens to the
/// content; and the answer, once the ownership is durable.
/// </summary>
internal readonly record struct Decision(ShardOwnership? Next, ContentChange Change, Message Outcome)
{
    internal static Decision Same(Message outcome) => new(null, ContentChange.Keep, outcome);

    internal static Decision To(ShardOwnership next, ContentChange change = ContentChange.Keep) => new(next, change, ShardDone.Instance);

    internal static Decision To(ShardOwnership next, Message outcome, ContentChange change = ContentChange.Keep) =>
        new(next, change, outcome);
}
