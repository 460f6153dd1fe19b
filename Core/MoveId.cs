using System.Globalization;

namespace OrleansShards.Core;

/// <summary>
/// One move of one shard from one group to another, numbered by the master's log. Of two moves of a shard the one with
/// the higher number was begun later: whoever has ended one, or takes part in a later one, refuses the earlier.
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
