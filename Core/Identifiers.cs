using System.Globalization;

namespace OrleansShards.Core;

// One family: the names by which parts of a cluster refer to each other.

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
/// One run of a node, from its start to its end: the shell draws a new one each time it starts the node. Puts and
/// calls carry it, so that what an earlier run asked for is never taken for an answer to this one.
/// </summary>
/// <param name="Value">A number that no other run of any node of the cluster has (random, 64 bits).</param>
public readonly record struct Incarnation(ulong Value)
{
    /// <inheritdoc />
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>
/// Who writes a log: a node and one of its runs. Two records with different writers never are the same put.
/// </summary>
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
