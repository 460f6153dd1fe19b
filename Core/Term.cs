using System.Globalization;

namespace OrleansShards.Core;

/// <summary>
/// Leadership of one log. Every term-start record carries a higher term than all records before it, so a term has
/// one writer. 0 is the term of a log that nobody has opened yet.
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
