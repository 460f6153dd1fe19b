using System.Globalization;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>What is done to a silo, or to what all depend on.</summary>
internal enum BlowKind
{
    /// <summary>SIGKILL, and a new process once others serve what it served.</summary>
    Kill,

    /// <summary>SIGSTOP for longer than the others take to declare it dead, then SIGCONT.</summary>
    LongStop,

    /// <summary>SIGSTOP for so short that nobody may notice, then SIGCONT.</summary>
    ShortStop,

    /// <summary>The database's server is killed, and started again once the silos have felt it.</summary>
    DatabaseStop,

    /// <summary>The database's disk is filled, and freed again once the silos have felt it.</summary>
    FullDisk,

    /// <summary>A silo's wall clock jumps by minutes.</summary>
    ClockJump,
}

/// <summary>One failure, and how long what the silo served was not served.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="Victim">To whom.</param>
/// <param name="HadPrimary">Whether the primary was there.</param>
/// <param name="Shards">From the failure to the first served write of each shard that was there.</param>
/// <param name="Primary">From the failure to the first answer of a primary, where it was there.</param>
internal sealed record Blow(BlowKind Kind, string Victim, bool HadPrimary, IReadOnlyList<TimeSpan> Shards, TimeSpan? Primary)
{
    public override string ToString()
    {
        string primary = Primary is { } time ? $", the primary after {Text(time)}" : "";
        string shards = Shards.Count == 0 ? "" : $", {Shards.Count} shards after {string.Join(" ", Shards.Order().Select(Text))}";
        return $"{Kind} of {Victim}{primary}{shards}";
    }

    /// <summary>Median and worst.</summary>
    internal static string Summary(IEnumerable<TimeSpan> times)
    {
        TimeSpan[] sorted = [.. times.Order()];
        return sorted.Length == 0 ? "none" : $"{Text(sorted[sorted.Length / 2])} (worst {Text(sorted[^1])}, of {sorted.Length})";
    }

    private static string Text(TimeSpan time) => time.TotalSeconds.ToString("0.000 s", CultureInfo.InvariantCulture);
}
