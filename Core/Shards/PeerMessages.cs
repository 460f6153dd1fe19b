namespace OrleansShards.Core.Shards;

// One family: what one group's copy of a shard asks another group's copy of the same shard.

/// <summary>Why a group wants to have a shard.</summary>
[GenerateSerializer, Alias("OrleansShards.RelinquishReason")]
public enum RelinquishReason
{
    /// <summary>To seed it: granted where the asked copy has neither data nor sessions.</summary>
    Seed = 1,

    /// <summary>
    /// To install a snapshot: granted where the asked copy was never opened, or is sealed or released towards the
    /// asking group with exactly this content.
    /// </summary>
    Receive = 2,
}

/// <summary>
/// Relinquish: may <paramref name="To"/> have the shard? Answered by <see cref="Relinquished"/> or <see cref="ShardRefusal"/>.
/// </summary>
/// <param name="To">The group that asks.</param>
/// <param name="Reason">Why.</param>
/// <param name="ContentDigest">The snapshot's digest over data and client sessions, by value; 0 for a seed.</param>
/// <param name="Known">The newest epoch of the shard that the asker has heard of; what is granted is higher.</param>
[GenerateSerializer, Alias("OrleansShards.RelinquishShard"), Immutable, OmitDefaultMemberValues]
public sealed record RelinquishShard(
    [property: Id(0)] GroupId To,
    [property: Id(1)] RelinquishReason Reason,
    [property: Id(2)] ulong ContentDigest,
    [property: Id(3)] Epoch Known) : Message
{
    /// <summary>
    /// Whether the asker knows that the asked group may begin with nothing at <see cref="Known"/>. Where it may not, its
    /// content is on its way to it, and a copy that has not begun gives nothing away.
    /// </summary>
    [Id(4)]
    public bool MayBeEmpty { get; init; }
}

/// <summary>Granted: the asking group may serve the shard at this epoch.</summary>
/// <param name="Epoch">Higher than any at which another copy served or will serve without a later hand-over.</param>
[GenerateSerializer, Alias("OrleansShards.Relinquished"), Immutable, OmitDefaultMemberValues]
public sealed record Relinquished([property: Id(0)] Epoch Epoch) : ShardReply;

/// <summary>
/// Is this the content that you have handed over to me at this epoch? Answered by <see cref="ShardDone"/>, or by a
/// <see cref="ShardRefusal"/> of the kind <see cref="ShardRefusalKind.WrongState"/> where it was something else, or
/// nothing was. Changes nothing.
/// </summary>
/// <param name="To">The group that asks.</param>
/// <param name="Epoch">The epoch at which the master has it that the shard is its own.</param>
/// <param name="ContentDigest">The snapshot's digest over data and client sessions, by value.</param>
[GenerateSerializer, Alias("OrleansShards.CheckContent"), Immutable, OmitDefaultMemberValues]
public sealed record CheckContent(
    [property: Id(0)] GroupId To, [property: Id(1)] Epoch Epoch, [property: Id(2)] ulong ContentDigest) : Message;

/// <summary>
/// A hand-over is being rolled back: discard what came of it, and refuse it from now on. Answered by
/// <see cref="ShardDone"/>; by <see cref="ShardRefusal"/> where clients were served from it already.
/// </summary>
/// <param name="Source">The group that handed over.</param>
/// <param name="Epoch">The epoch that the hand-over had granted.</param>
[GenerateSerializer, Alias("OrleansShards.DiscardCopy"), Immutable, OmitDefaultMemberValues]
public sealed record DiscardCopy([property: Id(0)] GroupId Source, [property: Id(1)] Epoch Epoch) : Message;

/// <summary>
/// Do you serve the shard, at this epoch or a later one? A sealed source asks before it answers a read or a write, so
/// that no read is older than a write that the target has taken. Answered by <see cref="ServingReply"/>.
/// </summary>
/// <param name="Epoch">The epoch that the hand-over had granted.</param>
[GenerateSerializer, Alias("OrleansShards.QueryServing"), Immutable, OmitDefaultMemberValues]
public sealed record QueryServing([property: Id(0)] Epoch Epoch) : Message;

/// <summary>The answer to <see cref="QueryServing"/>.</summary>
/// <param name="Took">Whether the copy has taken the shard over: it serves, or has served and passed it on.</param>
[GenerateSerializer, Alias("OrleansShards.ServingReply"), Immutable, OmitDefaultMemberValues]
public sealed record ServingReply([property: Id(0)] bool Took) : ShardReply;
