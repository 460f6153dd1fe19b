using System.Text.Json;
using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Grains.Clustering;

/// <summary>
/// The silos' heartbeats: one small file each, replaced every few seconds. They are apart from the table's versions, so that they neither
/// compete with changes of the table nor wait for the disk.
/// </summary>
internal sealed class MembershipHeartbeats(MembershipDirectory directory)
{
    internal void Write(SiloAddress silo, DateTime iAmAliveTime) => AtomicFile.Replace(
        directory.HeartbeatPath(silo),
        JsonSerializer.SerializeToUtf8Bytes(new(silo, iAmAliveTime), MembershipJson.Default.MembershipHeartbeat),
        durable: false);

    /// <summary>
    /// The row with its silo's heartbeat, also if that is earlier: a silo whose clock was set back lives. A dead silo's last heartbeat is
    /// in the row already.
    /// </summary>
    internal MembershipRow Merge(MembershipRow row) =>
        row.Status != SiloStatus.Dead && Read(directory.HeartbeatPath(row.Silo)) is { } alive
            ? row with { IAmAliveTime = alive }
            : row;

    /// <summary>
    /// Deletes old heartbeats of silos that are dead or not in the table. Old ones only, because a silo may have joined after the table
    /// was read. The next heartbeat creates again what was deleted in error.
    /// </summary>
    internal void DeleteBefore(DateTime time, MembershipFile table)
    {
        HashSet<string> live = [.. table.Members
            .Where(static row => row.Status != SiloStatus.Dead)
            .Select(row => directory.HeartbeatPath(row.Silo))];
        foreach (string file in Directory.EnumerateFiles(directory.Heartbeats, "*.json"))
        {
            if (!live.Contains(file) && (Read(file) ?? File.GetLastWriteTimeUtc(file)) < time)
                File.Delete(file);
        }
    }

    // Null for a damaged file, too. Heartbeats are not synced, so a machine that lost its power may keep an empty one of a silo that is
    // gone, and that must not prevent others from reading the table.
    private static DateTime? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), MembershipJson.Default.MembershipHeartbeat)
                ?.IAmAliveTime.ToUniversalTime();
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or JsonException or FormatException)
        {
            return null;
        }
    }
}
