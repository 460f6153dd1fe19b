using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>What happened in all schedules together: a generator that only yields quiet ones proves nothing.</summary>
internal sealed class ScheduleCounts
{
    private readonly Dictionary<string, int> _told = [];

    internal int Crashes { get; set; }

    internal int Failures { get; set; }

    internal int NotStored { get; set; }

    internal int UnknownLost { get; set; }

    internal int UnknownLate { get; set; }

    internal int UnknownApplied { get; set; }

    internal int Collisions { get; set; }

    internal int StaleWriters { get; set; }

    internal int Checkpoints { get; set; }

    internal int Reloads { get; set; }

    internal int ProbesPresent { get; set; }

    internal int ProbesAbsent { get; set; }

    internal void Add(LogNotice<string> notice)
    {
        Count(notice.Kind.ToString());
        if (notice is { Kind: LogNoticeKind.SteppedDown, Text: { } text })
        {
            Count(text.StartsWith("another", StringComparison.Ordinal) ? "fenced"
                : text.Contains("has opened", StringComparison.Ordinal) ? "gave way"
                : text.StartsWith("the store", StringComparison.Ordinal) ? "stopped by itself"
                : text.StartsWith("the number", StringComparison.Ordinal) ? "dropped under it"
                : "asked to");
        }
    }

    internal void Add(LogModel model)
    {
        foreach (Proposed proposed in model.Proposals.Where(it => it.Fate == LogNoticeKind.Unknown))
            Count(proposed.IsInLog ? "unknown, in the log" : "unknown, not in the log");
    }

    /// <summary>Every case, with how often it came.</summary>
    internal IEnumerable<(string Case, int Times)> All() =>
    [
        (nameof(Crashes), Crashes), (nameof(Failures), Failures), (nameof(NotStored), NotStored),
        (nameof(UnknownLost), UnknownLost), (nameof(UnknownLate), UnknownLate), (nameof(UnknownApplied), UnknownApplied),
        (nameof(Collisions), Collisions), (nameof(StaleWriters), StaleWriters), (nameof(Checkpoints), Checkpoints),
        (nameof(Reloads), Reloads), (nameof(ProbesPresent), ProbesPresent), (nameof(ProbesAbsent), ProbesAbsent),
        .. Cases.Select(name => (name, _told.GetValueOrDefault(name))),
    ];

    private static readonly string[] Cases =
    [
        "Committed", "Readable", "Refused", "Unknown", "LeadershipStarted", "CaughtUp", "fenced", "gave way", "stopped by itself",
        "dropped under it", "asked to", "unknown, in the log", "unknown, not in the log",
    ];

    private void Count(string name) => _told[name] = _told.GetValueOrDefault(name) + 1;
}
