using System.Globalization;

namespace OrleansShards.Core;

/// <summary>A shard's number, from 0 to the cluster's shard count − 1. A key's shard never changes.</summary>
/// <param name="Value">The number.</param>
[GenerateSerializer, Alias("OrleansShards.ShardId"), Immutable]
public readonly record struct ShardId([property: Id(0)] int Value)
{
    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A replica group's name (<c>gid</c> on the wire).</summary>
/// <param name="Value">The name, compared ordinally.</param>
[GenerateSerializer, Alias("OrleansShards.GroupId"), Immutable]
public readonly record struct GroupId([property: Id(0)] string Value)
{
    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>A master's name. Whether it is the primary or the shadow is a role that changes.</summary>
/// <param name="Value">The name, compared ordinally.</param>
[GenerateSerializer, Alias("OrleansShards.MasterName"), Immutable]
public readonly record struct MasterName([property: Id(0)] string Value)
{
    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>
/// One run of a node, from its start to its end: the shell draws a new number at each start. Puts and calls carry it, so
/// that an answer to an earlier run is never taken for an answer to this one.
/// </summary>
/// <param name="Value">A number that no other run of any node of the cluster has (random, 64 bits).</param>
public readonly record struct Incarnation(ulong Value)
{
    /// <inheritdoc />
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>The writer of a log: one run of a node. Two records of different writers are never the same put.</summary>
/// <param name="Node">The node's name: a master's, or <c>group/shard</c>.</param>
/// <param name="Incarnation">The run.</param>
public readonly record struct WriterId(string Node, Incarnation Incarnation)
{
    /// <inheritdoc />
    public override string ToString() => $"{Node}@{Incarnation}";
}

/// <summary>The name of a log in the store: <c>master</c>, or <c>shard/GROUP/NUMBER</c>.</summary>
/// <param name="Value">The name, compared ordinally.</param>
public readonly record struct LogName(string Value)
{
    /// <summary>The log of the masters' decisions.</summary>
    public static LogName Master => new("master");

    /// <summary>The log of one group's copy of one shard.</summary>
    public static LogName Shard(GroupId group, ShardId shard) => new($"shard/{group}/{shard}");

    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>
/// The version of the shard map, and of one shard's ownership (leadership is a <see cref="Term"/>). Of two claims to a
/// shard, the one with the higher epoch is valid.
/// </summary>
/// <param name="Value">The number; it only rises.</param>
[GenerateSerializer, Alias("OrleansShards.Epoch"), Immutable]
public readonly record struct Epoch([property: Id(0)] ulong Value) : IComparable<Epoch>
{
    /// <summary>Before the first ownership.</summary>
    public static Epoch None => default;

    /// <summary>The epoch after this one.</summary>
    public Epoch Next() => new(Value + 1);

    /// <inheritdoc />
    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    /// <summary>An older version.</summary>
    public static bool operator <(Epoch left, Epoch right) => left.Value < right.Value;

    /// <summary>A newer version.</summary>
    public static bool operator >(Epoch left, Epoch right) => left.Value > right.Value;

    /// <summary>An older version, or the same.</summary>
    public static bool operator <=(Epoch left, Epoch right) => left.Value <= right.Value;

    /// <summary>A newer version, or the same.</summary>
    public static bool operator >=(Epoch left, Epoch right) => left.Value >= right.Value;

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// Leadership of one log. Every term-start record has a higher term than all records before it, so a term has one writer.
/// 0 is the term of a log without a record.
/// </summary>
/// <param name="Value">The number; it only rises.</param>
[GenerateSerializer, Alias("OrleansShards.Term"), Immutable]
public readonly record struct Term([property: Id(0)] ulong Value) : IComparable<Term>
{
    /// <summary>The term of a log without a record.</summary>
    public static Term None => default;

    /// <summary>The term that the next term-start record claims.</summary>
    public Term Next() => new(Value + 1);

    /// <inheritdoc />
    public int CompareTo(Term other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> is an older leadership than <paramref name="right"/>.</summary>
    public static bool operator <(Term left, Term right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is a newer leadership than <paramref name="right"/>.</summary>
    public static bool operator >(Term left, Term right) => left.Value > right.Value;

    /// <summary>Older or the same.</summary>
    public static bool operator <=(Term left, Term right) => left.Value <= right.Value;

    /// <summary>Newer or the same.</summary>
    public static bool operator >=(Term left, Term right) => left.Value >= right.Value;

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// The number of a record in its log, from 1; 0 is before the first record. Always appended ≥ durable ≥ applied ≥
/// checkpoint.
/// </summary>
/// <param name="Value">The number.</param>
[GenerateSerializer, Alias("OrleansShards.LogIndex"), Immutable]
public readonly record struct LogIndex([property: Id(0)] ulong Value) : IComparable<LogIndex>
{
    /// <summary>Before the first record.</summary>
    public static LogIndex None => default;

    /// <summary>The number of the record after this one.</summary>
    public LogIndex Next() => new(Value + 1);

    /// <inheritdoc />
    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);

    /// <summary>Earlier in the log.</summary>
    public static bool operator <(LogIndex left, LogIndex right) => left.Value < right.Value;

    /// <summary>Later in the log.</summary>
    public static bool operator >(LogIndex left, LogIndex right) => left.Value > right.Value;

    /// <summary>Earlier in the log, or the same record.</summary>
    public static bool operator <=(LogIndex left, LogIndex right) => left.Value <= right.Value;

    /// <summary>Later in the log, or the same record.</summary>
    public static bool operator >=(LogIndex left, LogIndex right) => left.Value >= right.Value;

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// One move of one shard between groups, numbered by the masters' log. Of two moves of a shard, the one with the higher
/// number began later: a participant that has ended a move, or takes part in a later one, refuses the earlier.
/// </summary>
/// <param name="Value">The number, from 1; it only rises, over all shards.</param>
[GenerateSerializer, Alias("OrleansShards.MoveId"), Immutable]
public readonly record struct MoveId([property: Id(0)] ulong Value) : IComparable<MoveId>
{
    /// <summary>No move.</summary>
    public static MoveId None => default;

    /// <summary>The number after this one.</summary>
    public MoveId Next() => new(Value + 1);

    /// <inheritdoc />
    public int CompareTo(MoveId other) => Value.CompareTo(other.Value);

    /// <summary>Begun earlier.</summary>
    public static bool operator <(MoveId left, MoveId right) => left.Value < right.Value;

    /// <summary>Begun later.</summary>
    public static bool operator >(MoveId left, MoveId right) => left.Value > right.Value;

    /// <summary>Begun earlier, or the same.</summary>
    public static bool operator <=(MoveId left, MoveId right) => left.Value <= right.Value;

    /// <summary>Begun later, or the same.</summary>
    public static bool operator >=(MoveId left, MoveId right) => left.Value >= right.Value;

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
