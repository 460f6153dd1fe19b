using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

// One family: operations on keys, as a client's router sends them to a group's copy of a shard.

/// <summary>What is done to a key. Persisted in the log: values are append-only.</summary>
[GenerateSerializer, Alias("OrleansShards.KeyVerb")]
public enum KeyVerb
{
    /// <summary>Answers the value. Not logged, unless it comes with a session.</summary>
    Read = 1,

    /// <summary>Sets the value, whatever was there.</summary>
    Write = 2,

    /// <summary>Sets the value if the present one equals <see cref="KeyCommand.Expected"/> as a JSON value.</summary>
    CompareAndSet = 3,

    /// <summary>Removes the key.</summary>
    Delete = 4,
}

/// <summary>One operation on one key.</summary>
/// <param name="Verb">What is done.</param>
/// <param name="Key">The key's own text as it came; its identity is its value (<see cref="KeyText"/>).</param>
/// <param name="Value">The value to write (<c>write</c>, <c>cas</c>'s <c>to</c>); default for the others.</param>
/// <param name="Expected">The value that <c>cas</c> expects (<c>from</c>); default for the others.</param>
/// <param name="CreateIfAbsent">Whether <c>cas</c> writes where the key is absent.</param>
[GenerateSerializer, Alias("OrleansShards.KeyCommand"), Immutable, OmitDefaultMemberValues]
public sealed record KeyCommand(
    [property: Id(0)] KeyVerb Verb,
    [property: Id(1)] JsonText Key,
    [property: Id(2)] JsonText Value,
    [property: Id(3)] JsonText Expected,
    [property: Id(4)] bool CreateIfAbsent);

/// <summary>Whose session a request belongs to. Persisted in the log: values are append-only.</summary>
[GenerateSerializer, Alias("OrleansShards.SessionKind")]
public enum SessionKind
{
    /// <summary>None: carried out as often as it arrives.</summary>
    None = 0,

    /// <summary>Of a client that names itself (<c>client_id</c>, <c>seq</c>): part of a shard's snapshot.</summary>
    Client = 1,

    /// <summary>
    /// Of a router, for its own retries: not shown in a snapshot's JSON. The copy that has carried a request out goes
    /// on answering for it after the shard has moved, and a router asks there first.
    /// </summary>
    Router = 2,
}

/// <summary>Makes a request effective at most once: the same session and number again gets the recorded outcome.</summary>
/// <param name="Kind">Whose.</param>
/// <param name="Client">The client's own name, or the router's name and lane.</param>
/// <param name="Sequence">Rises with every request of the session.</param>
[GenerateSerializer, Alias("OrleansShards.SessionTag"), Immutable, OmitDefaultMemberValues]
public readonly record struct SessionTag(
    [property: Id(0)] SessionKind Kind, [property: Id(1)] string Client, [property: Id(2)] long Sequence)
{
    /// <summary>No session.</summary>
    public static SessionTag None => default;
}

/// <summary>Carry out an operation on a key. Answered by <see cref="KeyReply"/> or <see cref="ShardRefusal"/>.</summary>
/// <param name="Session">Its session, or <see cref="SessionTag.None"/>.</param>
/// <param name="Command">The operation.</param>
[GenerateSerializer, Alias("OrleansShards.KeyRequest"), Immutable, OmitDefaultMemberValues]
public sealed record KeyRequest([property: Id(0)] SessionTag Session, [property: Id(1)] KeyCommand Command) : Message
{
    /// <summary>
    /// The shard's epoch at which it may be carried out; null for any, <see cref="Epoch.None"/> for none: then only a
    /// recorded outcome is asked for. A router's own sessions stay behind when a shard moves, so an attempt that
    /// arrives when the shard has gone elsewhere and come back must not be carried out: the epoch tells.
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

    /// <summary>The key is not there; nothing changed.</summary>
    Absent = 2,

    /// <summary>The present value differs from the expected one; nothing changed.</summary>
    Differs = 3,

    /// <summary>The session has gone on to a higher number; nothing changed. Never recorded.</summary>
    StaleSequence = 4,
}

/// <summary>A definite outcome: durable, and the same for every repetition within a session.</summary>
/// <param name="Verdict">How it ended.</param>
/// <param name="Value">What a read found, or what a <c>cas</c> found instead; else default.</param>
[GenerateSerializer, Alias("OrleansShards.KeyReply"), Immutable, OmitDefaultMemberValues]
public sealed record KeyReply([property: Id(0)] KeyVerdict Verdict, [property: Id(1)] JsonText Value) : ShardReply;
