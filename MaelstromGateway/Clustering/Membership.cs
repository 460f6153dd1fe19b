namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>
/// Being one of a cluster's processes. Whoever comes when nobody else lives finds it empty: what processes that were
/// killed have left behind is wiped first, unless the state is kept in a directory of the user's own.
/// </summary>
internal sealed class Membership : IDisposable
{
    private static readonly TimeSpan GateLimit = TimeSpan.FromSeconds(10);
    private readonly ClusterPlace _place;
    private readonly FileLock _member;

    private Membership(ClusterPlace place, FileLock member)
    {
        _place = place;
        _member = member;
    }

    /// <summary>Joins. The gate makes "does anybody live?" and "now I do" one step.</summary>
    internal static Membership Join(ClusterPlace place)
    {
        CreateForTheUserOnly(Path.GetDirectoryName(place.Directory)!);
        CreateForTheUserOnly(place.Directory);
        using FileLock gate = FileLock.WaitExclusive(place.GateLock, GateLimit);
        WipeIfNobodyLives(place);
        FileLock member = FileLock.TryShared(place.MembersLock)
            ?? throw new IOException($"{place.MembersLock} is locked by a process that is no member");
        return new Membership(place, member);
    }

    /// <summary>Leaves; the last one to leave takes the state along.</summary>
    public void Dispose()
    {
        using FileLock gate = FileLock.WaitExclusive(_place.GateLock, GateLimit);
        _member.Dispose();
        WipeIfNobodyLives(_place);
    }

    private static void CreateForTheUserOnly(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            // The temporary directory is the user's own there.
            Directory.CreateDirectory(directory);
            return;
        }

        const UnixFileMode onlyTheUser = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(directory, onlyTheUser);
        UnixFileMode mode = File.GetUnixFileMode(directory);
        if ((mode & ~onlyTheUser) != 0)
        {
            throw new IOException($"{directory} is open to others ({mode}); expected a directory for its user only");
        }
    }

    private static void WipeIfNobodyLives(ClusterPlace place)
    {
        using FileLock? alone = FileLock.TryExclusive(place.MembersLock);
        if (alone is null)
        {
            return;
        }

        File.Delete(place.Socket);
        if (place.DataDirectory is null && Directory.Exists(place.StateDirectory))
        {
            Directory.Delete(place.StateDirectory, recursive: true);
        }
    }
}
