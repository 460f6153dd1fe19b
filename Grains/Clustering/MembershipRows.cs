using System.Collections.Immutable;
using System.Globalization;
using OrleansShards.Grains.Interfaces.Membership;

namespace OrleansShards.Grains.Clustering;

/// <summary>Rows of a version's file, as Orleans has them and gives them.</summary>
internal static class MembershipRows
{
    /// <summary>What Orleans calls the table's version: its etag is the number, as a number is never given away twice.</summary>
    internal static TableVersion TableVersion(this MembershipFile file) => new(file.Version, Text(file.Version));

    /// <summary>The row's etag: a heartbeat does not change it.</summary>
    internal static string ETag(this MembershipRow row) => Text(row.ChangedAt);

    /// <summary>The row of a silo.</summary>
    internal static MembershipRow? Find(this MembershipFile file, SiloAddress silo) =>
        file.Members.FirstOrDefault(row => row.Silo.Equals(silo));

    /// <summary>When something was last heard of the silo, from itself or from those who voted for its death.</summary>
    internal static DateTime UpdatedAt(this MembershipRow row)
    {
        DateTime latest = row.StartTime > row.IAmAliveTime ? row.StartTime : row.IAmAliveTime;
        return (row.Suspicions ?? []).Aggregate(latest, static (last, vote) => vote.Time > last ? vote.Time : last);
    }

    /// <summary>The row for an entry of Orleans' that changes in a version.</summary>
    internal static MembershipRow ToRow(this MembershipEntry entry, int version) => new()
    {
        Silo = entry.SiloAddress,
        Status = entry.Status,
        Name = entry.SiloName,
        Host = entry.HostName,
        ProxyPort = entry.ProxyPort,
        Role = entry.RoleName,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        StartTime = Utc(entry.StartTime),
        IAmAliveTime = Utc(entry.IAmAliveTime),
        Suspicions = entry.SuspectTimes?.Select(static vote => new MembershipSuspicion(vote.Item1, Utc(vote.Item2)))
            .ToImmutableArray(),
        ChangedAt = version,
    };

    /// <summary>The entry for a row, which Orleans may change: it is the caller's own.</summary>
    internal static Tuple<MembershipEntry, string> ToEntry(this MembershipRow row) => Tuple.Create(
        new MembershipEntry
        {
            SiloAddress = row.Silo,
            Status = row.Status,
            SiloName = row.Name!,
            HostName = row.Host!,
            ProxyPort = row.ProxyPort,
            RoleName = row.Role,
            UpdateZone = row.UpdateZone,
            FaultZone = row.FaultZone,
            StartTime = row.StartTime,
            IAmAliveTime = row.IAmAliveTime,
            SuspectTimes = row.Suspicions?.Select(static vote => Tuple.Create(vote.Silo, vote.Time)).ToList(),
        },
        row.ETag());

    /// <summary>Orleans' times are UTC, whether they say so or not.</summary>
    internal static DateTime Utc(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Utc);

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);
}
