namespace OrleansShards.Core.Shards;

// Requests of one group's copy of a shard to another group's copy of the same shard, and the replies.

/// <summary>Why a group wants a shard.</summary>
[GenerateSerializer, Alias("OrleansShards.RelinquishReason")]
public enum RelinquishReason
{
    /// <summary>To seed it: granted if the other copy has neither data nor sessions.</summary>
    Seed = 1,

    /// <summary>
    /// To install a snapshot: granted if the other copy was never opened, or is sealed for or released to the asking group with
    /// exactly this content.
    /// </summary>
    Receive = 2,
}

/// <summary>
/// Asks a copy to give the shard to another group. The digest is the snapshot's over data and client sessions, by value; 0 for a seed.
/// <c>Known</c> is the newest epoch of the shard that the asking group knows; the granted epoch is higher. Answered by
/// <see cref="Relinquished"/> or <see cref="ShardRefusal"/>.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.RelinquishShard"), Immutable, OmitDefaultMemberValues]
public sealed record RelinquishShard(
    [property: Id(0)] GroupId To, [property: Id(1)] RelinquishReason Reason,
    [property: Id(2)] ulong ContentDigest, [property: Id(3)] Epoch Known) : Message
{
    /// <summary>
    /// Whether the other group may begin with an empty shard at <see cref="Known"/>. If it may not, its content is still on its
    /// way, and a copy that has not begun must not give the shard away.
    /// </summary>
    [Id(4)]
    public bool MayBeEmpty { get; init; }
}

/// <summary>
/// Granted: the asking group may serve the shard at this epoch, which is higher than any at which another copy served or will serve
/// without a later hand-over.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.Relinquished"), Immutable, OmitDefaultMemberValues]
public sealed record Relinquished([property: Id(0)] Epoch Epoch) : ShardReply;

/// <summary>
/// Queries whether a copy has handed the content of this digest over to the asking group at this epoch, at which the master names that
/// group the owner. Answered by <see cref="ShardDone"/>, or by a <see cref="ShardRefusal"/> of the kind
/// <see cref="ShardRefusalKind.WrongState"/> where it has handed over other content or none. Changes nothing.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.CheckContent"), Immutable, OmitDefaultMemberValues]
public sealed record CheckContent(
    [property: Id(0)] GroupId To, [property: Id(1)] Epoch Epoch, [property: Id(2)] ulong ContentDigest) : Message;

/// <summary>
/// The hand-over that granted this epoch is being rolled back: discard its content, and refuse it from now on. Answered by
/// <see cref="ShardDone"/>, or by <see cref="ShardRefusal"/> where clients were served from the content already.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.DiscardCopy"), Immutable, OmitDefaultMemberValues]
public sealed record DiscardCopy([property: Id(0)] GroupId Source, [property: Id(1)] Epoch Epoch) : Message;

/// <summary>
/// Queries whether the target has taken the shard, at the granted epoch or a later one. A sealed source asks before it answers a
/// read or a write, so that no read misses a write at the target. Answered by <see cref="ServingReply"/>.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.QueryServing"), Immutable, OmitDefaultMemberValues]
public sealed record QueryServing([property: Id(0)] Epoch Epoch) : Message;

/// <summary>Whether the copy has taken the shard over: it serves, or has served and passed it on.</summary>
[GenerateSerializer, Alias("OrleansShards.ServingReply"), Immutable, OmitDefaultMemberValues]
public sealed record ServingReply([property: Id(0)] bool Took) : ShardReply;
