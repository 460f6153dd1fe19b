using System.Globalization;

namespace OrleansShards.Core;

/// <summary>A shard's number, from 0 to the cluster's shard count − 1. A key's shard never changes.</summary>
[GenerateSerializer, Alias("OrleansShards.ShardId"), Immutable]
public readonly record struct ShardId([property: Id(0)] int Value)
{
    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A replica group's name (<c>gid</c> on the wire), compared ordinally.</summary>
[GenerateSerializer, Alias("OrleansShards.GroupId"), Immutable]
public readonly record struct GroupId([property: Id(0)] string Value)
{
    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>A master's name, compared ordinally. Whether it is the primary or the shadow is a role that changes.</summary>
[GenerateSerializer, Alias("OrleansShards.MasterName"), Immutable]
public readonly record struct MasterName([property: Id(0)] string Value)
{
    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>
/// One run of a node, from its start to its end: the shell draws 64 random bits at each start, which no other run of any
/// node has. Puts and calls carry them, so that an answer to an earlier run is never taken for an answer to this one.
/// </summary>
public readonly record struct Incarnation(ulong Value)
{
    /// <inheritdoc />
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>
/// Numbers a run's calls, or its requests to the store: 1, 2, 3 and so on. Code may ask whether two numbers are equal and which is
/// the older, and nothing else: the explorer takes states for equal that differ in no more.
/// </summary>
public struct RunNumbers
{
    private ulong _last;

    /// <summary>A number that the run has not given before.</summary>
    public ulong Next() => ++_last;
}

/// <summary>
/// The writer of a log: one run of a node, which is named after its master or <c>group/shard</c>. Two records of different
/// writers are never the same put.
/// </summary>
public readonly record struct WriterId(string Node, Incarnation Incarnation)
{
    /// <inheritdoc />
    public override string ToString() => $"{Node}@{Incarnation}";
}

/// <summary>The name of a log in the store, compared ordinally: <c>master</c>, or <c>shard/GROUP/NUMBER</c>.</summary>
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
/// The version of the shard map, and of one shard's ownership (leadership is a <see cref="Term"/>). It only rises. Of two
/// claims to a shard, the one with the higher epoch is valid.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.Epoch"), Immutable]
public readonly record struct Epoch([property: Id(0)] ulong Value) : IOrdered<Epoch>
{
    /// <summary>Before the first ownership.</summary>
    public static Epoch None => default;

    /// <summary>The epoch after this one.</summary>
    public Epoch Next() => new(Value + 1);

    /// <inheritdoc />
    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// Leadership of one log. Every term-start record has a higher term than all records before it, so a term has one writer.
/// 0 is the term of a log without a record.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.Term"), Immutable]
public readonly record struct Term([property: Id(0)] ulong Value) : IOrdered<Term>
{
    /// <summary>The term of a log without a record.</summary>
    public static Term None => default;

    /// <summary>The term that the next term-start record claims.</summary>
    public Term Next() => new(Value + 1);

    /// <inheritdoc />
    public int CompareTo(Term other) => Value.CompareTo(other.Value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The number of a record in its log, from 1; 0 is before the first. Always appended ≥ durable ≥ applied ≥ checkpoint.</summary>
[GenerateSerializer, Alias("OrleansShards.LogIndex"), Immutable]
public readonly record struct LogIndex([property: Id(0)] ulong Value) : IOrdered<LogIndex>
{
    /// <summary>Before the first record.</summary>
    public static LogIndex None => default;

    /// <summary>The number of the record after this one.</summary>
    public LogIndex Next() => new(Value + 1);

    /// <inheritdoc />
    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// One move of one shard between groups, numbered from 1 by the masters' log, over all shards. Of two moves of a shard, the
/// one with the higher number began later: a participant that has ended a move, or takes part in a later one, refuses the
/// earlier.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.MoveId"), Immutable]
public readonly record struct MoveId([property: Id(0)] ulong Value) : IOrdered<MoveId>
{
    /// <summary>No move.</summary>
    public static MoveId None => default;

    /// <summary>The number after this one.</summary>
    public MoveId Next() => new(Value + 1);

    /// <inheritdoc />
    public int CompareTo(MoveId other) => Value.CompareTo(other.Value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// One attempt to restore the cluster from a backup, numbered from 1 by the masters' log. A later attempt takes the place of one that has
/// not ended.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.RestoreId"), Immutable]
public readonly record struct RestoreId([property: Id(0)] ulong Value) : IOrdered<RestoreId>
{
    /// <summary>No restore.</summary>
    public static RestoreId None => default;

    /// <summary>The number after this one.</summary>
    public RestoreId Next() => new(Value + 1);

    /// <inheritdoc />
    public int CompareTo(RestoreId other) => Value.CompareTo(other.Value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A value with a total order, which the operators of <see cref="Ordering"/> compare.</summary>
public interface IOrdered<T> : IComparable<T>
    where T : struct, IOrdered<T>;

/// <summary>The comparison operators of all ordered values: lower is older, earlier, begun before.</summary>
public static class Ordering
{
    extension<T>(T)
        where T : struct, IOrdered<T>
    {
        /// <summary>Whether <paramref name="left"/> is lower.</summary>
        public static bool operator <(T left, T right) => left.CompareTo(right) < 0;

        /// <summary>Whether <paramref name="left"/> is higher.</summary>
        public static bool operator >(T left, T right) => left.CompareTo(right) > 0;

        /// <summary>Whether <paramref name="left"/> is lower or the same.</summary>
        public static bool operator <=(T left, T right) => left.CompareTo(right) <= 0;

        /// <summary>Whether <paramref name="left"/> is higher or the same.</summary>
        public static bool operator >=(T left, T right) => left.CompareTo(right) >= 0;
    }
}
