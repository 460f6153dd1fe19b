using OrleansShards.Core.Nodes;

namespace OrleansShards.Core.Shards;

/// <summary>What becomes of a copy's content with a change of its standing.</summary>
internal enum ContentChange
{
    /// <summary>Nothing.</summary>
    Keep = 0,

    /// <summary>Data and client sessions are replaced by the entry's. Router sessions stay: what this copy has carried
    /// out it goes on answering for.</summary>
    Replace = 1,

    /// <summary>Data and client sessions are dropped. Router sessions stay.</summary>
    Drop = 2,
}

/// <summary>What the rules say to an entry in a given standing.</summary>
/// <param name="Next">The standing from now on; null where nothing changes, and nothing need be logged.</param>
/// <param name="Change">What becomes of the content.</param>
/// <param name="Outcome">The answer, once <paramref name="Next"/> is durable.</param>
internal readonly record struct Decision(ShardStanding? Next, ContentChange Change, Message Outcome)
{
    internal static Decision Same(Message outcome) => new(null, ContentChange.Keep, outcome);

    internal static Decision To(ShardStanding next, ContentChange change = ContentChange.Keep) =>
        new(next, change, ShardDone.Instance);

    internal static Decision To(ShardStanding next, Message outcome, ContentChange change = ContentChange.Keep) =>
        new(next, change, outcome);
}
