using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansShards.Grains.Interfaces.Membership;

namespace OrleansShards.Grains.Clustering;

/// <summary>
/// Orleans' table of silos in a directory that the silos' processes share: on one machine, or on a file system that
/// several have mounted and that all of them see alike. No server, no lock: a process that is stopped or killed holds
/// up nobody.
/// </summary>
/// <remarks>
/// A change reads the newest version, checks that it is the one that the caller has seen, and puts the next one; a lost
/// race is <c>false</c>, and Orleans reads again. Files are read and written on the thread pool, as a disk may take
/// long and Orleans calls from schedulers of its own.
/// </remarks>
internal sealed class DirectoryMembershipTable : IMembershipTable
{
    private readonly string _clusterId;
    private readonly MembershipVersions _versions;
    private readonly MembershipHeartbeats _heartbeats;

    public DirectoryMembershipTable(MembershipDirectory directory, IOptions<ClusterOptions> cluster)
    {
        _clusterId = cluster.Value.ClusterId;
        _versions = new MembershipVersions(directory, _clusterId);
        _heartbeats = new MembershipHeartbeats(directory);
    }

    /// <inheritdoc />
    public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.Run(() =>
    {
        if (tryInitTableVersion)
        {
            _versions.Create();
            _versions.DeleteTemporaries();
        }

        _versions.Read();
    });

    /// <inheritdoc />
    public Task<MembershipTableData> ReadRow(SiloAddress key) => Task.Run(() =>
    {
        MembershipFile table = _versions.Read();
        return table.Find(key) is { } row
            ? new MembershipTableData(_heartbeats.Merge(row).ToEntry(), table.TableVersion())
            : new MembershipTableData(table.TableVersion());
    });

    /// <inheritdoc />
    public Task<MembershipTableData> ReadAll() => Task.Run(() =>
    {
        MembershipFile table = _versions.Read();
        return new MembershipTableData(
            [.. table.Members.Select(row => _heartbeats.Merge(row).ToEntry())], table.TableVersion());
    });

    /// <inheritdoc />
    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => Task.Run(() =>
    {
        MembershipFile table = _versions.Read();
        return IsNext(table, tableVersion)
            && table.Find(entry.SiloAddress) is null
            && TryPut(table, [.. table.Members, entry.ToRow(table.Version + 1)]);
    });

    /// <inheritdoc />
    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => Task.Run(() =>
    {
        MembershipFile table = _versions.Read();
        return IsNext(table, tableVersion)
            && table.Find(entry.SiloAddress) is { } old
            && old.ETag() == etag
            && TryPut(table, [.. table.Members.Select(row => ReferenceEquals(row, old) ? entry.ToRow(table.Version + 1) : row)]);
    });

    /// <inheritdoc />
    public Task UpdateIAmAlive(MembershipEntry entry) =>
        Task.Run(() => _heartbeats.Write(entry.SiloAddress, MembershipRows.Utc(entry.IAmAliveTime)));

    /// <inheritdoc />
    /// <remarks>Puts a version of its own: what a version has never changes.</remarks>
    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => Task.Run(() =>
    {
        bool IsKept(MembershipRow row) =>
            row.Status == SiloStatus.Active || _heartbeats.Merge(row).UpdatedAt() >= beforeDate.UtcDateTime;
        MembershipFile table = _versions.Put(newest => newest.Members.All(IsKept) ? null : [.. newest.Members.Where(IsKept)]);
        _heartbeats.DeleteBefore(beforeDate.UtcDateTime, table);
        _versions.DeleteTemporaries();
    });

    /// <inheritdoc />
    /// <remarks>The table is empty then, in a version of its own: numbers start again only in another directory.</remarks>
    public Task DeleteMembershipTableEntries(string clusterId) => Task.Run(() =>
    {
        if (clusterId == _clusterId)
        {
            MembershipFile table = _versions.Put(static newest => newest.Members.Count == 0 ? null : []);
            _heartbeats.DeleteBefore(DateTime.MaxValue, table);
        }
    });

    /// <summary>Whether the caller has seen the newest version and wants the next one.</summary>
    private static bool IsNext(MembershipFile table, TableVersion wanted) =>
        wanted.Version == table.Version + 1 && wanted.VersionEtag == table.TableVersion().VersionEtag;

    private bool TryPut(MembershipFile table, IReadOnlyList<MembershipRow> members) =>
        _versions.TryPut(table with { Version = table.Version + 1, Members = members });
}
