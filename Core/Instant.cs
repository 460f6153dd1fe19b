using System.Globalization;

namespace OrleansShards.Core;

/// <summary>
/// A point on a node's monotonic clock. Comparable only with instants of the same process: never persisted, never sent.
/// Safety does not depend on it; it only decides when to act. <c>SinceStart</c> counts from an arbitrary origin.
/// </summary>
public readonly record struct Instant(TimeSpan SinceStart) : IOrdered<Instant>
{
    /// <summary>The time that passed from <paramref name="earlier"/> to <paramref name="later"/>.</summary>
    public static TimeSpan operator -(Instant later, Instant earlier) => later.SinceStart - earlier.SinceStart;

    /// <summary>The instant <paramref name="span"/> after <paramref name="start"/>.</summary>
    public static Instant operator +(Instant start, TimeSpan span) => new(start.SinceStart + span);

    /// <inheritdoc />
    public int CompareTo(Instant other) => SinceStart.CompareTo(other.SinceStart);

    /// <inheritdoc />
    public override string ToString() => SinceStart.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture) + " ms";
}
