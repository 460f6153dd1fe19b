using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Grains.Clustering;

/// <summary>
/// Writes versions of the table of silos; <see cref="MembershipDirectory"/> says what a directory of them is, and why
/// its file names stay for ever. Thread-safe, among threads and among processes; holds no lock.
/// </summary>
internal sealed class MembershipVersions(MembershipDirectory directory, string clusterId)
{
    /// <summary>How many versions keep their content, for people who look for what has happened.</summary>
    internal const int Kept = 16;

    /// <summary>Beyond it a temporary file is a killed writer's: one that lives takes milliseconds.</summary>
    private static readonly TimeSpan TemporaryAge = TimeSpan.FromHours(1);

    /// <summary>The newest version.</summary>
    /// <exception cref="InvalidDataException">There is none, or it cannot be used; the text says why.</exception>
    internal MembershipFile Read() => directory.ReadNewest(clusterId) ?? throw new InvalidDataException(
        $"'{directory.Path}' has no table of silos; expected one, as every silo creates it when it starts.");

    /// <summary>Creates the empty table, unless there is one.</summary>
    internal void Create()
    {
        Directory.CreateDirectory(directory.Heartbeats);
        TryPut(new MembershipFile { ClusterId = clusterId, Version = 0, Members = [] });
    }

    /// <summary>Puts a version that was made from the one before it. Synced to disk before it returns: Orleans acts upon it.</summary>
    /// <returns>False if another writer was first, now or long ago.</returns>
    internal bool TryPut(MembershipFile next)
    {
        if (!AtomicFile.TryCreate(directory.VersionPath(next.Version), next.ToBytes(), durable: true))
            return false;

        directory.Remember(next.Version);
        try
        {
            EmptyUpTo(next.Version - Kept);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The version is put, and that is what the caller is told. The next writer empties these.
        }

        return true;
    }

    /// <summary>Puts a version with other rows, made anew from the newest one as often as another writer is first.</summary>
    /// <param name="change">The rows to be; null where they may stay.</param>
    /// <returns>The newest version.</returns>
    /// <exception cref="TimeoutException">Others were first each time.</exception>
    internal MembershipFile Put(Func<MembershipFile, IReadOnlyList<MembershipRow>?> change)
    {
        const int AttemptsMax = 100;
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            MembershipFile newest = Read();
            if (change(newest) is not { } members)
                return newest;

            MembershipFile next = newest with { Version = newest.Version + 1, Members = members };
            if (TryPut(next))
                return next;
        }

        throw new TimeoutException(
            $"The table of silos in '{directory.Path}' was changed by others {AttemptsMax} times in a row.");
    }

    /// <summary>
    /// Deletes what killed writers have left. One that was only stopped finds its file gone and fails: its version is
    /// not put, and it is told so.
    /// </summary>
    internal void DeleteTemporaries()
    {
        DateTime before = DateTime.UtcNow - TemporaryAge;
        foreach (string file in new[] { directory.Path, directory.Heartbeats }.SelectMany(Directory.EnumerateFiles))
        {
            if (AtomicFile.IsTemporary(Path.GetFileName(file)) && File.GetLastWriteTimeUtc(file) < before)
                File.Delete(file);
        }
    }

    /// <summary>
    /// Upwards from the lowest that has content: then all below an empty one are empty, although a writer is killed or
    /// overtaken in the middle, and the next writer finds what is left by looking down to the first empty one.
    /// </summary>
    private void EmptyUpTo(int version)
    {
        int lowest = version + 1;
        while (lowest > 0 && new FileInfo(directory.VersionPath(lowest - 1)).Length > 0)
            lowest--;

        for (; lowest <= version; lowest++)
        {
            // Replaced, not truncated: whoever reads it at this moment reads it to its end.
            AtomicFile.Replace(directory.VersionPath(lowest), [], durable: false);
        }
    }
}
