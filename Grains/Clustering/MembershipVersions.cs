using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Grains.Clustering;

/// <summary>
/// Writes versions of the table of silos. <see cref="MembershipDirectory"/> describes the directory, and why file names stay for ever.
/// Safe among threads and among processes; holds no lock.
/// </summary>
internal sealed class MembershipVersions(MembershipDirectory directory, string clusterId)
{
    /// <summary>How many versions keep their content, for diagnosis.</summary>
    internal const int Kept = 16;

    // An older temporary file belongs to a killed writer: a write takes milliseconds.
    private static readonly TimeSpan TemporaryAge = TimeSpan.FromHours(1);

    /// <exception cref="InvalidDataException">There is none, or it cannot be used; the text says why.</exception>
    internal MembershipFile Read() => directory.ReadNewest(clusterId) ?? throw new InvalidDataException(
        $"'{directory.Path}' has no table of silos; expected one, as every silo creates it when it starts.");

    /// <summary>Creates the empty table, unless there is one.</summary>
    internal void Create()
    {
        PrivateFiles.CreateDirectory(directory.Heartbeats);
        TryPut(new MembershipFile { ClusterId = clusterId, Version = 0, Members = [] });
    }

    /// <summary>Puts the version after the one that was read. It is on the disk before this returns, because Orleans acts on it.</summary>
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
            // The version is put all the same. The next writer empties the old ones.
        }

        return true;
    }

    /// <summary>Puts a version with changed rows; retries on the newest version while other writers are first.</summary>
    /// <param name="change">Returns the new rows, or null if nothing needs to change.</param>
    /// <returns>The newest version.</returns>
    /// <exception cref="TimeoutException">Other writers were first each time.</exception>
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

        throw new TimeoutException($"The table of silos in '{directory.Path}' was changed by others {AttemptsMax} times in a row.");
    }

    /// <summary>Deletes what killed writers have left. A writer that was only stopped finds its file gone, and its put fails.</summary>
    internal void DeleteTemporaries()
    {
        DateTime before = DateTime.UtcNow - TemporaryAge;
        foreach (string file in new[] { directory.Path, directory.Heartbeats }.SelectMany(Directory.EnumerateFiles))
        {
            if (AtomicFile.IsTemporary(Path.GetFileName(file)) && File.GetLastWriteTimeUtc(file) < before)
                File.Delete(file);
        }
    }

    // Upwards from the lowest version with content. So all versions below an empty one are empty, even if a writer is killed or overtaken
    // midway, and the next writer finds the rest by searching down to the first empty one.
    private void EmptyUpTo(int version)
    {
        int lowest = version + 1;
        while (lowest > 0 && new FileInfo(directory.VersionPath(lowest - 1)).Length > 0)
            lowest--;

        for (; lowest <= version; lowest++)
        {
            // Replaced, not truncated: a process that reads the file at this moment reads it to its end.
            AtomicFile.Replace(directory.VersionPath(lowest), [], durable: false);
        }
    }
}
