using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Core.Shards;

// One family: what a group's copy of a shard is asked about the shard as a whole, and what it answers.

/// <summary>
/// Why a copy of a shard does not do what it was asked. Every one is definite: nothing was and will be done.
/// </summary>
public enum ShardRefusalKind
{
    /// <summary>This copy does not hold the shard, and knows of nobody who does.</summary>
    NotHeld = 1,

    /// <summary>Another group has it: <see cref="ShardRefusal.Owner"/>.</summary>
    Moved = 2,

    /// <summary>The shard is being handed over; try again, here or where the redirect then points.</summary>
    HandingOver = 3,

    /// <summary>
    /// The copy is starting, has lost its log to another writer, or waits for too much already: try again.
    /// </summary>
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
public sealed record ShardRefusal(ShardRefusalKind Kind, string Text, GroupId? Owner, Epoch Epoch) : Message
{
    /// <summary>Where another group has it: whether it was given to that one without content.</summary>
    public bool MayBeEmpty { get; init; }
}

/// <summary>The copy cannot tell whether what was asked will take effect: it lost its log in the middle.</summary>
/// <param name="Text">For people.</param>
public sealed record ShardUnknown(string Text) : Message;

/// <summary>Done, with nothing more to say.</summary>
public sealed record ShardDone : Message
{
    /// <summary>The only instance.</summary>
    public static ShardDone Instance { get; } = new();
}

/// <summary>A snapshot as JSON text: <c>{"data":{…}}</c>, with <c>"sessions":{…}</c> where there are any.</summary>
/// <param name="Snapshot">The text.</param>
public sealed record ShardSnapshotReply(JsonText Snapshot) : Message;

/// <summary>Whether the copy takes reads and writes now.</summary>
/// <param name="Available">The answer.</param>
public sealed record ShardAvailability(bool Available) : Message;

/// <summary>
/// Load a shard's content, replacing what the copy held (<c>seed_shard</c>). Answered by <see cref="ShardDone"/>.
/// </summary>
/// <param name="Data">The text of the object of keys and values.</param>
/// <param name="Sessions">The text of the object of sessions; default where none came.</param>
public sealed record SeedShard(JsonText Data, JsonText Sessions) : Message;

/// <summary>
/// A step of a hand-over that the source takes. One that is meant for an epoch has no effect at another: a repetition
/// that arrives late, when that hand-over is over and the next one under way, is refused.
/// </summary>
public abstract record HandOverStep : Message
{
    /// <summary>The epoch of the copy that the step is meant for (<see cref="QueryStanding"/>); null for any.</summary>
    public Epoch? MeantFor { get; init; }
}

/// <summary>
/// At which epoch the copy stands, so that a <see cref="HandOverStep"/> can be meant for it. Answered by
/// <see cref="StandingReply"/>, or by the refusal that a <see cref="PrepareMigration"/> would get.
/// </summary>
/// <param name="Opens">Whether a copy that was never opened is to be, as <see cref="PrepareMigration"/> does.</param>
public sealed record QueryStanding(bool Opens) : Message;

/// <summary>The epoch of the newest ownership that the copy took part in.</summary>
/// <param name="Epoch">The epoch.</param>
public sealed record StandingReply(Epoch Epoch) : Message;

/// <summary>Begin a hand-over (<c>prepare_migration</c>). Answered by <see cref="ShardSnapshotReply"/>.</summary>
/// <param name="Target">The group that is to have it; the caller has checked that there is such a group.</param>
public sealed record PrepareMigration(GroupId Target) : HandOverStep;

/// <summary>
/// A consistent snapshot in any state but gone (<c>get_shard_snapshot</c>). Answered by
/// <see cref="ShardSnapshotReply"/>.
/// </summary>
public sealed record GetShardSnapshot : Message;

/// <summary>Install a snapshot and serve (<c>receive_shard</c>). Answered by <see cref="ShardDone"/>.</summary>
/// <param name="Snapshot">Its text.</param>
/// <param name="Source">Where it comes from, if the caller says so.</param>
public sealed record ReceiveShard(JsonText Snapshot, GroupId? Source) : Message;

/// <summary>
/// Delete the source's copy after a hand-over (<c>confirm_received</c>). Answered by <see cref="ShardDone"/>.
/// </summary>
public sealed record ConfirmReceived : HandOverStep;

/// <summary>Roll a prepared hand-over back (<c>abort_migration</c>). Answered by <see cref="ShardDone"/>.</summary>
public sealed record AbortMigration : HandOverStep;

/// <summary>
/// Whether the copy takes reads and writes now (<c>is_shard_available</c>). Answered by
/// <see cref="ShardAvailability"/>.
/// </summary>
public sealed record QueryAvailability : Message;
