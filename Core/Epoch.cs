using System.Globalization;

namespace OrleansShards.Core;

/// <summary>
/// The version of the shard map, and of the ownership of one shard. Never a leadership: that is a <see cref="Term"/>.
/// Of two claims to one shard the one with the higher epoch is right.
/// </summary>
/// <param name="Value">The number; it only rises.</param>
[GenerateSerializer, Alias("OrleansShards.Epoch"), Immutable]
public readonly record struct Epoch([property: Id(0)] ulong Value) : IComparable<Epoch>
{
    /// <summary>No ownership was ever decided.</summary>
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
