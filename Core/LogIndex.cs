using System.Globalization;

namespace OrleansShards.Core;

/// <summary>
/// The number of a record in its log, from 1. 0 stands for "before the first record". Everywhere
/// appended ≥ durable ≥ applied, and checkpoint ≤ applied.
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
