using System.Text.Json;
using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Grains.Clustering;

/// <summary>
/// When silos were last alive: a small file each, replaced every few seconds. The table's versions have nothing to do
/// with it, so that heartbeats neither disturb those who change the table nor wait for the disk.
/// </summary>
internal sealed class MembershipHeartbeats(MembershipDirectory directory)
{
    /// <summary>Notes a silo's heartbeat.</summary>
    internal void Write(SiloAddress silo, DateTime iAmAliveTime) => AtomicFile.Replace(
        directory.HeartbeatPath(silo),
        JsonSerializer.SerializeToUtf8Bytes(new(silo, iAmAliveTime), MembershipJson.Default.MembershipHeartbeat),
        durable: false);

    /// <summary>
    /// The row with its silo's last heartbeat, if that is later than the row's own time. A dead silo's is of no
    /// interest: who declared it dead has written the last one into the row.
    /// </summary>
    internal MembershipRow Merge(MembershipRow row) =>
        row.Status != SiloStatus.Dead && Read(directory.HeartbeatPath(row.Silo)) is { } alive && alive > row.IAmAliveTime
            ? row with { IAmAliveTime = alive }
            : row;

    /// <summary>Deletes those of silos that are dead or not in the table, if they are old.</summary>
    /// <remarks>
    /// Old, as a silo may have come into the table after it was read. Should one be deleted in error all the same, the
    /// next heartbeat creates it again.
    /// </remarks>
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

    /// <summary>
    /// Null where there is none, and where it cannot be understood: it is not synced, so that a machine that lost its
    /// power may have an empty one, of a silo that is gone. That must not keep others from reading the table.
    /// </summary>
    private static DateTime? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), MembershipJson.Default.MembershipHeartbeat)
                ?.IAmAliveTime.ToUniversalTime();
        }
        catch (Exception failure)
            when (failure is FileNotFoundException or DirectoryNotFoundException or JsonException or FormatException)
        {
            return null;
        }
    }
}
