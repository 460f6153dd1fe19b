using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

// Requests about a whole shard to a group's copy of it, and the replies.

/// <summary>A reply of a group's copy of a shard.</summary>
[SerializerTransparent]
public abstract record ShardReply : Message;

/// <summary>Why a copy of a shard refuses a request. Every refusal is definite: the request has no effect, now or later.</summary>
[GenerateSerializer, Alias("OrleansShards.ShardRefusalKind")]
public enum ShardRefusalKind
{
    /// <summary>This copy does not hold the shard, and knows no group that does.</summary>
    NotHeld = 1,

    /// <summary>Another group has it: <see cref="ShardRefusal.Owner"/>.</summary>
    Moved = 2,

    /// <summary>The shard is being handed over; try again, here or at the later redirect.</summary>
    HandingOver = 3,

    /// <summary>The copy is starting, has lost its log to another writer, or holds too many requests: try again.</summary>
    NotReady = 4,

    /// <summary>The request is not possible in the shard's state, which the text names.</summary>
    WrongState = 5,

    /// <summary>The request cannot be read; the text names the field and what was expected.</summary>
    Malformed = 6,
}

/// <summary>
/// A definite refusal. The text names the shard's state and what was expected; <c>Owner</c> is set where the owner is the reason and
/// is known; the epoch is the shard's as this copy knows it.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.ShardRefusal"), Immutable, OmitDefaultMemberValues]
public sealed record ShardRefusal(
    [property: Id(0)] ShardRefusalKind Kind, [property: Id(1)] string Text,
    [property: Id(2)] GroupId? Owner, [property: Id(3)] Epoch Epoch) : ShardReply
{
    /// <summary>Where another group has the shard: whether it got the shard without content.</summary>
    [Id(4)]
    public bool MayBeEmpty { get; init; }

    /// <summary>The limit that is the reason; null for any other reason.</summary>
    [Id(5)]
    public LimitName? Limit { get; init; }
}

/// <summary>The outcome is unknown: the copy lost its log to another writer while the request was under way.</summary>
[GenerateSerializer, Alias("OrleansShards.ShardUnknown"), Immutable, OmitDefaultMemberValues]
public sealed record ShardUnknown([property: Id(0)] string Text) : ShardReply;

/// <summary>Done; carries no data.</summary>
[GenerateSerializer, Alias("OrleansShards.ShardDone"), Immutable, OmitDefaultMemberValues]
public sealed record ShardDone : ShardReply
{
    /// <summary>A shared instance.</summary>
    public static ShardDone Instance { get; } = new();
}

/// <summary>A snapshot as JSON text: <c>{"data":{…}}</c>, with <c>"sessions":{…}</c> where there are any.</summary>
[GenerateSerializer, Alias("OrleansShards.ShardSnapshotReply"), Immutable, OmitDefaultMemberValues]
public sealed record ShardSnapshotReply([property: Id(0)] JsonText Snapshot) : ShardReply;

/// <summary>The reply to <see cref="QueryAvailability"/>: whether the copy takes reads and writes now.</summary>
[GenerateSerializer, Alias("OrleansShards.ShardAvailability"), Immutable, OmitDefaultMemberValues]
public sealed record ShardAvailability([property: Id(0)] bool Available) : ShardReply;

/// <summary>
/// Replace a shard's content (<c>seed_shard</c>) by an object of keys and values and one of sessions, default for none. Answered by
/// <see cref="ShardDone"/>.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.SeedShard"), Immutable, OmitDefaultMemberValues]
public sealed record SeedShard([property: Id(0)] JsonText Data, [property: Id(1)] JsonText Sessions) : Message;

/// <summary>
/// A step of a hand-over at its source. A step that is meant for one epoch has no effect at another: a late repetition is
/// refused when that hand-over is over and the next one has begun.
/// </summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
public abstract record HandOverStep : Message
{
    /// <summary>The epoch of the copy that the step is meant for (<see cref="QueryOwnership"/>); null for any.</summary>
    [Id(0)]
    public Epoch? MeantFor { get; init; }
}

/// <summary>
/// Query the copy's epoch, so that a <see cref="HandOverStep"/> can be meant for it; <c>Opens</c>: open a copy that was never opened,
/// as <see cref="PrepareMigration"/> does. Answered by <see cref="OwnershipReply"/>, or by the refusal that a
/// <see cref="PrepareMigration"/> would get.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.QueryOwnership"), Immutable, OmitDefaultMemberValues]
public sealed record QueryOwnership([property: Id(0)] bool Opens) : Message;

/// <summary>The epoch of the newest ownership that the copy took part in.</summary>
[GenerateSerializer, Alias("OrleansShards.OwnershipReply"), Immutable, OmitDefaultMemberValues]
public sealed record OwnershipReply([property: Id(0)] Epoch Epoch) : ShardReply;

/// <summary>Begin a hand-over (<c>prepare_migration</c>) to an existing group. Answered by <see cref="ShardSnapshotReply"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.PrepareMigration"), Immutable, OmitDefaultMemberValues]
public sealed record PrepareMigration([property: Id(0)] GroupId Target) : HandOverStep;

/// <summary>Get a consistent snapshot (<c>get_shard_snapshot</c>). Answered by <see cref="ShardSnapshotReply"/> until released.</summary>
[GenerateSerializer, Alias("OrleansShards.GetShardSnapshot"), Immutable, OmitDefaultMemberValues]
public sealed record GetShardSnapshot : Message;

/// <summary>
/// Install a snapshot and serve (<c>receive_shard</c>); <c>Source</c> is the group that handed it over, if the caller names it.
/// Answered by <see cref="ShardDone"/>.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.ReceiveShard"), Immutable, OmitDefaultMemberValues]
public sealed record ReceiveShard([property: Id(0)] JsonText Snapshot, [property: Id(1)] GroupId? Source) : Message;

/// <summary>Delete the source's copy after a hand-over (<c>confirm_received</c>). Answered by <see cref="ShardDone"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.ConfirmReceived"), Immutable, OmitDefaultMemberValues]
public sealed record ConfirmReceived : HandOverStep;

/// <summary>Roll a prepared hand-over back (<c>abort_migration</c>). Answered by <see cref="ShardDone"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.AbortMigration"), Immutable, OmitDefaultMemberValues]
public sealed record AbortMigration : HandOverStep;

/// <summary>Whether the copy takes reads and writes now (<c>is_shard_available</c>). Answered by <see cref="ShardAvailability"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.QueryAvailability"), Immutable, OmitDefaultMemberValues]
public sealed record QueryAvailability : Message;
