using OrleansShards.Storage.Directory;

namespace OrleansShards.Grains.Clustering;

/// <summary>
/// A directory that all silos of a cluster share, on one machine or on a shared file system: it holds the logs and the membership, and a
/// cluster needs nothing else.
/// </summary>
/// <param name="Path">The directory.</param>
public sealed record SharedDirectory(string Path)
{
    /// <summary>The directory of the logs; see <see cref="DirectoryLogStore"/>.</summary>
    public string Logs => System.IO.Path.Combine(Path, "logs");

    /// <summary>The directory of the membership.</summary>
    public string Members => System.IO.Path.Combine(Path, "members");

    /// <summary>The directory where processes of this cluster claim their ports.</summary>
    public string Ports => System.IO.Path.Combine(Path, "ports");

    /// <summary>Refuses a directory that several processes share, for a store that one process must have alone.</summary>
    /// <exception cref="LogStoreException">Several processes share it; the text says what to do.</exception>
    public static void Refuse(string directory)
    {
        SharedDirectory shared = new(directory);
        if (Directory.Exists(shared.Logs) && Directory.Exists(shared.Members))
        {
            throw new LogStoreException($"The directory '{directory}' holds a cluster of several processes; expected another directory, or "
                + "the --cluster option that it was created with.");
        }
    }

    /// <summary>Locks a file until the result is disposed or the process ends; null if another process has locked it.</summary>
    public static FileStream? TryLock(string file)
    {
        try
        {
            return PrivateFiles.Create(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Creates the directory if it is missing, and makes sure that it holds nothing else.</summary>
    /// <exception cref="LogStoreException">It cannot be created, or holds something else; the text says what to do.</exception>
    public void Ensure()
    {
        try
        {
            PrivateFiles.CreateDirectory(Path);
            string[] own = [Logs, Members, Ports];
            if (Directory.EnumerateFileSystemEntries(Path).FirstOrDefault(entry => !own.Contains(entry)) is { } foreign)
            {
                throw new LogStoreException(
                    $"The directory '{Path}' holds '{System.IO.Path.GetFileName(foreign)}', which no cluster of this kind has put "
                    + "there; expected an empty directory, or one that holds a cluster on a shared directory and nothing else.");
            }

            PrivateFiles.Close(Path);
            PrivateFiles.CreateDirectory(Ports);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LogStoreException($"The directory '{Path}' cannot be used: {failure.Message}", failure);
        }
    }
}
