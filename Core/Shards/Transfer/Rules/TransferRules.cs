namespace OrleansShards.Core.Shards;

/// <summary>
/// What is allowed when: a pure function of ownership and entry. Asked twice for each step: by the node, to answer at once
/// what changes nothing, and when the entry is applied, where the answer counts.
/// </summary>
/// <remarks>What a move's target receives is no change of ownership until it takes the shard: see <see cref="Staging"/>.</remarks>
internal static class TransferRules
{
    internal static Decision Decide(ShardFacts facts, TransferEntry entry) => entry switch
    {
        TransferEntry.Open open => BeginRules.Open(facts, open),
        TransferEntry.Seed seed => BeginRules.Seed(facts, seed),
        TransferEntry.Install install => TargetRules.Install(facts, install),
        TransferEntry.Discard discard => TargetRules.Discard(facts, discard),
        TransferEntry.Prepare prepare => SourceRules.Prepare(facts, prepare),
        TransferEntry.Confirm confirm => SourceRules.Confirm(facts, confirm),
        TransferEntry.StartAbort start => AbortRules.Start(facts, start),
        TransferEntry.FinishAbort finish => AbortRules.Finish(facts, finish),
        TransferEntry.RefuseAbort refuse => AbortRules.Refuse(facts, refuse),
        TransferEntry.Relinquish relinquish => RelinquishRules.Relinquish(facts, relinquish),
        TransferEntry.Seal seal => MoveRules.Seal(facts, seal),
        TransferEntry.Release release => MoveRules.Release(facts, release),
        TransferEntry.Unseal unseal => MoveRules.Unseal(facts, unseal),
        _ => throw new ArgumentException($"{entry.Kind} changes no ownership", nameof(entry)),
    };
}

/// <summary>What the rules may look at: a copy's ownership, and two things about its content.</summary>
/// <param name="Self">The group whose copy it is.</param>
/// <param name="Ownership">The ownership.</param>
/// <param name="IsEmpty">Whether it has neither data nor client sessions.</param>
/// <param name="ContentDigest">The content's digest by value; asked only where it matters, for it goes over all keys.</param>
internal readonly record struct ShardFacts(GroupId Self, ShardOwnership Ownership, bool IsEmpty, Func<ulong> ContentDigest);

/// <summary>What becomes of a copy's content with a change of its ownership.</summary>
internal enum ContentChange
{
    Keep = 0,

    /// <summary>Data and client sessions are replaced by the entry's. Router sessions stay: what this copy has carried
    /// out it goes on answering for.</summary>
    Replace = 1,

    /// <summary>Data and client sessions are dropped. Router sessions stay.</summary>
    Drop = 2,
}

/// <summary>What the rules say to an entry in a given ownership.</summary>
/// <param name="Next">The ownership from now on; null where nothing changes, and nothing need be logged.</param>
/// <param name="Change">What becomes of the content.</param>
/// <param name="Outcome">The answer, once <paramref name="Next"/> is durable.</param>
internal readonly record struct Decision(ShardOwnership? Next, ContentChange Change, Message Outcome)
{
    internal static Decision Same(Message outcome) => new(null, ContentChange.Keep, outcome);

    internal static Decision To(ShardOwnership next, ContentChange change = ContentChange.Keep) =>
        new(next, change, ShardDone.Instance);

    internal static Decision To(ShardOwnership next, Message outcome, ContentChange change = ContentChange.Keep) =>
        new(next, change, outcome);
}
