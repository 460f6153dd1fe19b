namespace OrleansShards.Storage.Directory;

/// <summary>
/// Files that are there as a whole or not at all, whichever process of the machine writes them and wherever it is
/// stopped or killed. Needs a POSIX file system.
/// </summary>
/// <remarks>
/// <para>The content goes into a temporary file beside the target, whose name nobody reads, and gets its final name in
/// one step: by <c>link(2)</c>, which fails where the name is taken, or by <c>rename(2)</c>, which replaces. .NET's
/// <c>File.Move(overwrite: false)</c> is neither on Unix: it looks whether the target is there and then renames over
/// it.</para>
/// <para>No lock is held at any time. A process that is stopped between the steps holds up nobody; when it continues, its
/// link is decided by what is there then.</para>
/// <para>A killed process leaves its temporary file behind. Whoever finds an old one may delete it, even where its
/// process is only stopped: that process's link then fails with ENOENT, and nothing of it is ever there.</para>
/// </remarks>
internal static class AtomicFile
{
    private const string TemporaryPrefix = ".new-";

    /// <summary>Creates a file with this content if there is none of that name.</summary>
    /// <param name="path">The file; its directory exists.</param>
    /// <param name="content">All of it.</param>
    /// <param name="durable">
    /// Whether content and name are on the disk when this returns true. What makes it return false may be another
    /// process's file that is not on the disk yet (<see cref="SyncDirectory"/>).
    /// </param>
    /// <returns>False where the name is taken; that file is unchanged.</returns>
    /// <exception cref="UnknownOutcomeException">The file may be there, or may be gone after a crash.</exception>
    /// <exception cref="IOException">Nothing of this is there and nothing will be.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    internal static bool TryCreate(string path, ReadOnlySpan<byte> content, bool durable)
    {
        if (File.Exists(path) || !TryLink(WriteTemporary(path, content, durable), path))
            return false;

        if (durable)
            SyncDirectory(Path.GetDirectoryName(path)!);

        return true;
    }

    /// <summary>Creates a file with this content, or replaces the one of that name as a whole.</summary>
    /// <param name="path">The file; its directory exists.</param>
    /// <param name="content">All of it.</param>
    /// <param name="durable">Whether content and name are on the disk when this returns.</param>
    /// <exception cref="UnknownOutcomeException">The old content may be there, or the new one.</exception>
    /// <exception cref="IOException">Nothing was changed.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    internal static void Replace(string path, ReadOnlySpan<byte> content, bool durable)
    {
        var temporary = WriteTemporary(path, content, durable);
        try
        {
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            Delete(temporary);
            throw;
        }

        if (durable)
            SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>The first step of <see cref="TryCreate"/>: the content is in a file that no reader looks at.</summary>
    /// <returns>That file, for <see cref="TryLink"/>.</returns>
    internal static string WriteTemporary(string path, ReadOnlySpan<byte> content, bool durable)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Files are created atomically by link(2), which Windows does not have.");

        var name = string.Create(CultureInfo.InvariantCulture, $"{TemporaryPrefix}{Environment.ProcessId}-{Guid.NewGuid():N}");
        var temporary = Path.Combine(Path.GetDirectoryName(path)!, name);
        try
        {
            // Closed before it is linked: .NET's advisory lock on an open file would be in the way of readers.
            using var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(file, content, fileOffset: 0);
            if (durable)
                RandomAccess.FlushToDisk(file);
        }
        catch
        {
            Delete(temporary);
            throw;
        }

        return temporary;
    }

    /// <summary>The second step: gives the temporary file its name if nobody has it. It is gone afterwards.</summary>
    /// <returns>False where the name is taken.</returns>
    internal static bool TryLink(string temporary, string path)
    {
        try
        {
            var error = Posix.Link(temporary, path);

            // NFS: the link was made, the reply lost, and the request that was sent again met its own work.
            return error is 0 || Posix.AreSameFile(temporary, path)
                || (error == Posix.Exists ? false : throw Posix.FailureOf(error, $"'{path}' cannot be created"));
        }
        finally
        {
            Delete(temporary);
        }
    }

    /// <summary>The last step: what has been created, replaced and deleted in a directory is on the disk.</summary>
    /// <exception cref="UnknownOutcomeException">Whether it is, only a restart of the machine would tell.</exception>
    internal static void SyncDirectory(string directory)
    {
        if (Posix.SyncDirectory(directory) is var error and not 0)
            throw new UnknownOutcomeException(error, $"The directory '{directory}' cannot be flushed to the disk");
    }

    internal static bool IsTemporary(ReadOnlySpan<char> fileName) => fileName.StartsWith(TemporaryPrefix, StringComparison.Ordinal);

    private static void Delete(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is nobody's any more: whoever cleans the directory up deletes it.
        }
    }
}
