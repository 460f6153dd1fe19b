using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Grains.Clustering;

/// <summary>Checks, before the silo starts, whether its directory can hold the membership.</summary>
internal sealed class DirectoryClusteringValidator(MembershipDirectory directory, IOptions<ClusterOptions> cluster)
    : IConfigurationValidator
{
    /// <exception cref="OrleansConfigurationException">It cannot; the text says why and what to do.</exception>
    public void ValidateConfiguration()
    {
        Try("cannot be created", () => PrivateFiles.CreateDirectory(directory.Path));
        Try("cannot be read", Read);
        Try("cannot be closed to others", () => PrivateFiles.Close(directory.Path));
        Try("cannot be written to", Write);
    }

    // A directory with a table is ours, whatever else is in it. A directory without one must be empty.
    private void Read()
    {
        if (directory.ReadNewest(cluster.Value.ClusterId) is null && ForeignEntry() is { } name)
        {
            throw new InvalidDataException(
                $"'{directory.Path}' has no table of silos, but has '{name}'; expected an empty directory, one that does "
                + "not exist yet, or one that silos of this cluster use.");
        }
    }

    // Hidden files do not count: temporary files are hidden, and another silo may be creating the table at this moment.
    private string? ForeignEntry() => Directory.EnumerateFileSystemEntries(directory.Path)
        .Select(static entry => Path.GetFileName(entry))
        .FirstOrDefault(name => name[0] != '.'
            && name != Path.GetFileName(directory.VersionPath(0))
            && name != Path.GetFileName(directory.Heartbeats));

    // Creates a file twice. The first time fails on a file system without hard links. If the second time succeeds, the file system is
    // unsafe: two silos could both put the same version.
    private void Write()
    {
        string file = Path.Combine(directory.Path, $".check-{Guid.NewGuid():N}");
        try
        {
            if (!AtomicFile.TryCreate(file, [], durable: false) || AtomicFile.TryCreate(file, [], durable: false))
                throw new IOException("its file system does not say who created a file first");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private void Try(string failed, Action action)
    {
        try
        {
            action();
        }
        catch (InvalidDataException failure)
        {
            throw new OrleansConfigurationException($"Directory clustering: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new OrleansConfigurationException(
                $"Directory clustering: '{directory.Path}' {failed}: {failure.Message}. Expected a directory that this "
                + "process may create, list, read and write.",
                failure);
        }
    }
}
