using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

// One family: what a group's copy of a shard is asked about the shard as a whole, and what it answers.

/// <summary>What a group's copy of a shard answers.</summary>
[SerializerTransparent]
public abstract record ShardReply : Message;

/// <summary>Why a copy of a shard does not do what it was asked. Every one is definite: nothing was and will be done.</summary>
[GenerateSerializer, Alias("OrleansShards.ShardRefusalKind")]
public enum ShardRefusalKind
{
    /// <summary>This copy does not hold the shard, and knows of nobody who does.</summary>
    NotHeld = 1,

    /// <summary>Another group has it: <see cref="ShardRefusal.Owner"/>.</summary>
    Moved = 2,

    /// <summary>The shard is being handed over; try again, here or where the redirect then points.</summary>
    HandingOver = 3,

    /// <summary>The copy is starting, has lost its log to another writer, or waits for too much already: try again.</summary>
    NotReady = 4,

    /// <summary>It makes no sense in the state that the text names.</summary>
    WrongState = 5,

    /// <summary>What came cannot be read; the text names the field and what was expected.</summary>
    Malformed = 6,
}

/// <summary>A definite refusal.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Text">For people: what state the shard is in, what was expected.</param>
/// <param name="Owner">Who has the shard, where that is the reason and it is known.</param>
/// <param name="Epoch">The shard's epoch as this copy knows it.</param>
[GenerateSerializer, Alias("OrleansShards.ShardRefusal"), Immutable, OmitDefaultMemberValues]
public sealed record ShardRefusal(
    [property: Id(0)] ShardRefusalKind Kind,
    [property: Id(1)] string Text,
    [property: Id(2)] GroupId? Owner,
    [property: Id(3)] Epoch Epoch) : ShardReply
{
    /// <summary>Where another group has it: whether it was given to that one without content.</summary>
    [Id(4)]
    public bool MayBeEmpty { get; init; }
}

/// <summary>The copy cannot tell whether what was asked will take effect: it lost its log in the middle.</summary>
/// <param name="Text">For people.</param>
[GenerateSerializer, Alias("OrleansShards.ShardUnknown"), Immutable, OmitDefaultMemberValues]
public sealed record ShardUnknown([property: Id(0)] string Text) : ShardReply;

/// <summary>Done, with nothing more to say.</summary>
[GenerateSerializer, Alias("OrleansShards.ShardDone"), Immutable, OmitDefaultMemberValues]
public sealed record ShardDone : ShardReply
{
    /// <summary>The only instance.</summary>
    public static ShardDone Instance { get; } = new();
}

/// <summary>A snapshot as JSON text: <c>{"data":{…}}</c>, with <c>"sessions":{…}</c> where there are any.</summary>
/// <param name="Snapshot">The text.</param>
[GenerateSerializer, Alias("OrleansShards.ShardSnapshotReply"), Immutable, OmitDefaultMemberValues]
public sealed record ShardSnapshotReply([property: Id(0)] JsonText Snapshot) : ShardReply;

/// <summary>Whether the copy takes reads and writes now.</summary>
/// <param name="Available">The answer.</param>
[GenerateSerializer, Alias("OrleansShards.ShardAvailability"), Immutable, OmitDefaultMemberValues]
public sealed record ShardAvailability([property: Id(0)] bool Available) : ShardReply;

/// <summary>Load a shard's content, replacing what the copy held (<c>seed_shard</c>). Answered by <see cref="ShardDone"/>.</summary>
/// <param name="Data">The text of the object of keys and values.</param>
/// <param name="Sessions">The text of the object of sessions; default where none came.</param>
[GenerateSerializer, Alias("OrleansShards.SeedShard"), Immutable, OmitDefaultMemberValues]
public sealed record SeedShard([property: Id(0)] JsonText Data, [property: Id(1)] JsonText Sessions) : Message;

/// <summary>
/// A step of a hand-over that the source takes. One that is meant for an epoch has no effect at another: a repetition
/// that arrives late, when that hand-over is over and the next one under way, is refused.
/// </summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
public abstract record HandOverStep : Message
{
    /// <summary>The epoch of the copy that the step is meant for (<see cref="QueryOwnership"/>); null for any.</summary>
    [Id(0)]
    public Epoch? MeantFor { get; init; }
}

/// <summary>
/// At which epoch the copy stands, so that a <see cref="HandOverStep"/> can be meant for it. Answered by
/// <see cref="OwnershipReply"/>, or by the refusal that a <see cref="PrepareMigration"/> would get.
/// </summary>
/// <param name="Opens">Whether a copy that was never opened is to be, as <see cref="PrepareMigration"/> does.</param>
[GenerateSerializer, Alias("OrleansShards.QueryOwnership"), Immutable, OmitDefaultMemberValues]
public sealed record QueryOwnership([property: Id(0)] bool Opens) : Message;

/// <summary>The epoch of the newest ownership that the copy took part in.</summary>
/// <param name="Epoch">The epoch.</param>
[GenerateSerializer, Alias("OrleansShards.OwnershipReply"), Immutable, OmitDefaultMemberValues]
public sealed record OwnershipReply([property: Id(0)] Epoch Epoch) : ShardReply;

/// <summary>Begin a hand-over (<c>prepare_migration</c>). Answered by <see cref="ShardSnapshotReply"/>.</summary>
/// <param name="Target">The group that is to have it; the caller has checked that there is such a group.</param>
[GenerateSerializer, Alias("OrleansShards.PrepareMigration"), Immutable, OmitDefaultMemberValues]
public sealed record PrepareMigration([property: Id(0)] GroupId Target) : HandOverStep;

/// <summary>
/// A consistent snapshot in any state but gone (<c>get_shard_snapshot</c>). Answered by
/// <see cref="ShardSnapshotReply"/>.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.GetShardSnapshot"), Immutable, OmitDefaultMemberValues]
public sealed record GetShardSnapshot : Message;

/// <summary>Install a snapshot and serve (<c>receive_shard</c>). Answered by <see cref="ShardDone"/>.</summary>
/// <param name="Snapshot">Its text.</param>
/// <param name="Source">Where it comes from, if the caller says so.</param>
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
