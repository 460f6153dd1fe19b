using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

// Operations on keys, as a client's router sends them to a group's copy of a shard.

/// <summary>The operations on a key. Persisted in the log: values are append-only.</summary>
[GenerateSerializer, Alias("OrleansShards.KeyVerb")]
public enum KeyVerb
{
    /// <summary>Answers the value. Logged only with a session.</summary>
    Read = 1,

    /// <summary>Sets the value unconditionally.</summary>
    Write = 2,

    /// <summary>Sets the value if the present one equals <see cref="KeyCommand.Expected"/> as a JSON value.</summary>
    CompareAndSet = 3,

    /// <summary>Removes the key.</summary>
    Delete = 4,
}

/// <summary>
/// One operation on one key. The key is the text as it came; its identity is its JSON value (<see cref="KeyText"/>). <c>Value</c> is
/// what <c>write</c> and <c>cas</c> write, <c>Expected</c> what <c>cas</c> expects; both are default for the others.
/// <c>CreateIfAbsent</c>: whether <c>cas</c> writes where the key is absent.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.KeyCommand"), Immutable, OmitDefaultMemberValues]
public sealed record KeyCommand(
    [property: Id(0)] KeyVerb Verb, [property: Id(1)] JsonText Key,
    [property: Id(2)] JsonText Value, [property: Id(3)] JsonText Expected, [property: Id(4)] bool CreateIfAbsent);

/// <summary>The kinds of session. Persisted in the log: values are append-only.</summary>
[GenerateSerializer, Alias("OrleansShards.SessionKind")]
public enum SessionKind
{
    /// <summary>No session: a request is carried out as often as it arrives.</summary>
    None = 0,

    /// <summary>The session of a client that names itself (<c>client_id</c>, <c>seq</c>): part of a shard's snapshot.</summary>
    Client = 1,

    /// <summary>
    /// The session of a router, for its own retries: not in a snapshot's JSON. The copy that has carried a request out continues
    /// to answer for it after the shard has moved, and a router repeats the request there first.
    /// </summary>
    Router = 2,
}

/// <summary>
/// Makes a request effective at most once: a repetition with the same session and number gets the recorded outcome. <c>Client</c> is
/// the client's name, or the router's name and session; <c>Sequence</c> increases with every request of the session.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.SessionTag"), Immutable, OmitDefaultMemberValues]
public readonly record struct SessionTag(
    [property: Id(0)] SessionKind Kind, [property: Id(1)] string Client, [property: Id(2)] long Sequence)
{
    /// <summary>No session.</summary>
    public static SessionTag None => default;
}

/// <summary>Carry out an operation on a key. Answered by <see cref="KeyReply"/> or <see cref="ShardRefusal"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.KeyRequest"), Immutable, OmitDefaultMemberValues]
public sealed record KeyRequest([property: Id(0)] SessionTag Session, [property: Id(1)] KeyCommand Command) : Message
{
    /// <summary>
    /// The only epoch of the shard at which the request may be carried out; null for any; <see cref="Epoch.None"/> for none, which
    /// queries a recorded outcome. Router sessions stay behind when a shard moves, so a late attempt must not be carried out
    /// once the shard has been elsewhere and come back: the epoch identifies it.
    /// </summary>
    [Id(2)]
    public Epoch? MeantFor { get; init; }
}

/// <summary>How an operation on a key ended. Persisted in sessions and snapshots: values are append-only.</summary>
[GenerateSerializer, Alias("OrleansShards.KeyVerdict")]
public enum KeyVerdict
{
    /// <summary>Done; a read has its value.</summary>
    Done = 1,

    /// <summary>The key does not exist; nothing changed.</summary>
    Absent = 2,

    /// <summary>The present value differs from the expected one; nothing changed.</summary>
    Differs = 3,

    /// <summary>The session has used a higher number; nothing changed. Never recorded.</summary>
    StaleSequence = 4,
}

/// <summary>
/// A definite outcome: durable, and the same for every repetition within a session. <c>Value</c> is what a read found, or what a
/// <c>cas</c> found instead of the expected value; else default.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.KeyReply"), Immutable, OmitDefaultMemberValues]
public sealed record KeyReply([property: Id(0)] KeyVerdict Verdict, [property: Id(1)] JsonText Value) : ShardReply;
