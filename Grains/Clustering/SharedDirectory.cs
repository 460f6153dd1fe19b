using OrleansShards.Storage.Directory;

namespace OrleansShards.Grains.Clustering;

/// <summary>
/// A directory that all silos of a cluster share, on one machine or on a file system that several see alike: it has the
/// logs, and in it silos find each other. A cluster needs nothing else.
/// </summary>
/// <param name="Path">The directory.</param>
public sealed record SharedDirectory(string Path)
{
    /// <summary>Where the logs are; see <see cref="DirectoryLogStore"/>.</summary>
    public string Logs => System.IO.Path.Combine(Path, "logs");

    /// <summary>Where silos find each other.</summary>
    public string Members => System.IO.Path.Combine(Path, "members");

    /// <summary>Where processes of this cluster say which ports are theirs.</summary>
    public string Ports => System.IO.Path.Combine(Path, "ports");

    /// <summary>Makes sure that the directory is not one that several processes share, as one process is to have it alone.</summary>
    /// <exception cref="LogStoreException">It is; the text says what to do.</exception>
    public static void Refuse(string directory)
    {
        SharedDirectory shared = new(directory);
        if (Directory.Exists(shared.Logs) && Directory.Exists(shared.Members))
        {
            throw new LogStoreException($"The directory '{directory}' holds a cluster of several processes; expected another directory, or "
                + "--cluster as it was made with.");
        }
    }

    /// <summary>Makes sure that the directory is there and holds nothing else.</summary>
    /// <exception cref="LogStoreException">It cannot be, or it does; the text says what to do.</exception>
    public void Ensure()
    {
        try
        {
            Directory.CreateDirectory(Path);
            string[] own = [Logs, Members, Ports];
            if (Directory.EnumerateFileSystemEntries(Path).FirstOrDefault(entry => !own.Contains(entry)) is { } foreign)
            {
                throw new LogStoreException(
                    $"The directory '{Path}' holds '{System.IO.Path.GetFileName(foreign)}', which no cluster of this kind has put "
                    + "there; expected an empty directory, or one that is used for a cluster on a shared directory alone.");
            }

            Directory.CreateDirectory(Ports);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LogStoreException($"The directory '{Path}' cannot be used: {failure.Message}", failure);
        }
    }
}
