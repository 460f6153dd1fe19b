using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansShards.Grains.Interfaces.Membership;

namespace OrleansShards.Grains.Clustering;

/// <summary>
/// Orleans' table of silos in a directory that the silos' processes share, on one machine or on a shared file system. No server and no
/// lock: a process that is stopped or killed blocks nobody. A change reads the newest version, checks that the caller has seen that one,
/// and puts the next one. A lost race returns <c>false</c>, and Orleans reads again. File access runs on the thread pool: a disk may be
/// slow, and Orleans calls from its own schedulers.
/// </summary>
internal sealed class DirectoryMembershipTable(MembershipDirectory directory, IOptions<ClusterOptions> cluster) : IMembershipTable
{
    private readonly MembershipVersions _versions = new(directory, cluster.Value.ClusterId);
    private readonly MembershipHeartbeats _heartbeats = new(directory);

    public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.Run(() =>
    {
        if (tryInitTableVersion)
        {
            _versions.Create();
            _versions.DeleteTemporaries();
        }

        _versions.Read();
    });

    public Task<MembershipTableData> ReadRow(SiloAddress key) => Task.Run(() =>
    {
        MembershipFile table = _versions.Read();
        return table.Find(key) is { } row
            ? new MembershipTableData(_heartbeats.Merge(row).ToEntry(), table.TableVersion())
            : new MembershipTableData(table.TableVersion());
    });

    public Task<MembershipTableData> ReadAll() => Task.Run(() =>
    {
        MembershipFile table = _versions.Read();
        return new MembershipTableData([.. table.Members.Select(row => _heartbeats.Merge(row).ToEntry())], table.TableVersion());
    });

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => TryPutAsync(tableVersion, table =>
        table.Find(entry.SiloAddress) is null ? [.. table.Members, entry.ToRow(table.Version + 1)] : null);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => TryPutAsync(tableVersion, table =>
        table.Find(entry.SiloAddress) is { } old && old.ETag() == etag
            ? [.. table.Members.Select(row => ReferenceEquals(row, old) ? entry.ToRow(table.Version + 1) : row)]
            : null);

    public Task UpdateIAmAlive(MembershipEntry entry) =>
        Task.Run(() => _heartbeats.Write(entry.SiloAddress, MembershipRows.Utc(entry.IAmAliveTime)));

    // Puts a new version: the content of a version never changes.
    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => Task.Run(() =>
    {
        bool IsKept(MembershipRow row) => row.Status == SiloStatus.Active || _heartbeats.Merge(row).UpdatedAt() >= beforeDate.UtcDateTime;
        MembershipFile table = _versions.Put(newest => newest.Members.All(IsKept) ? null : [.. newest.Members.Where(IsKept)]);
        _heartbeats.DeleteBefore(beforeDate.UtcDateTime, table);
        _versions.DeleteTemporaries();
    });

    // Puts a new version that is empty: version numbers start again only in another directory.
    public Task DeleteMembershipTableEntries(string clusterId) => Task.Run(() =>
    {
        if (clusterId == cluster.Value.ClusterId)
        {
            MembershipFile table = _versions.Put(static newest => newest.Members.Count == 0 ? null : []);
            _heartbeats.DeleteBefore(DateTime.MaxValue, table);
        }
    });

    // Puts the next version if the caller has seen the newest one and wants the next; change returns null if the rows forbid it.
    private Task<bool> TryPutAsync(TableVersion wanted, Func<MembershipFile, IReadOnlyList<MembershipRow>?> change) => Task.Run(() =>
    {
        MembershipFile table = _versions.Read();
        return wanted.Version == table.Version + 1
            && wanted.VersionEtag == table.TableVersion().VersionEtag
            && change(table) is { } members
            && _versions.TryPut(table with { Version = table.Version + 1, Members = members });
    });
}

/// <summary>Converts between the rows of a version's file and Orleans' entries.</summary>
internal static class MembershipRows
{
    /// <summary>The version number is the etag, too: a number is never used twice.</summary>
    internal static TableVersion TableVersion(this MembershipFile file) => new(file.Version, Text(file.Version));

    /// <summary>A heartbeat does not change the etag.</summary>
    internal static string ETag(this MembershipRow row) => Text(row.ChangedAt);

    internal static MembershipRow? Find(this MembershipFile file, SiloAddress silo) =>
        file.Members.FirstOrDefault(row => row.Silo.Equals(silo));

    /// <summary>The latest time in the row: the silo's start, its last heartbeat, or a vote for its death.</summary>
    internal static DateTime UpdatedAt(this MembershipRow row)
    {
        DateTime latest = row.StartTime > row.IAmAliveTime ? row.StartTime : row.IAmAliveTime;
        return (row.Suspicions ?? []).Aggregate(latest, static (last, vote) => vote.Time > last ? vote.Time : last);
    }

    /// <summary>The row for an entry that changes in <paramref name="version"/>.</summary>
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
        Suspicions = entry.SuspectTimes?.Select(static vote => new MembershipSuspicion(vote.Item1, Utc(vote.Item2))).ToImmutableArray(),
        ChangedAt = version,
    };

    /// <summary>A new entry, which Orleans may change.</summary>
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

    /// <summary>Orleans' times are UTC, whatever their kind says.</summary>
    internal static DateTime Utc(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Utc);

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);
}
