namespace OrleansShards.Storage.Directory;

/// <summary>
/// Creates files atomically: a file exists completely or not at all, even if the writing process is stopped or killed at any
/// point. Needs a POSIX file system.
/// </summary>
/// <remarks>
/// <para>1. The content is written to a temporary file beside the target, whose name no reader uses. 2. The file gets its final name in
/// one step: by <c>link(2)</c>, which fails if the name is taken, or by <c>rename(2)</c>, which replaces. (.NET's <c>File.Move(overwrite:
/// false)</c> is not atomic on Unix: it checks whether the target exists and then renames over it.)</para>
/// <para>No lock is held at any time. A process that is stopped between the steps blocks no other; when it continues, its
/// link is decided by the files that exist then.</para>
/// <para>A killed process leaves its temporary file behind. Any process may delete an old one, even if its writer is only
/// stopped: the writer's link then fails with ENOENT, and its file never exists.</para>
/// </remarks>
internal static class AtomicFile
{
    private const string TemporaryPrefix = ".new-";

    /// <summary>
    /// Creates a file if there is none of that name, else returns false. If <paramref name="durable"/>, a created file is on the disk
    /// when this returns; one that another process has created may not be yet (<see cref="SyncDirectory"/>). After an
    /// <see cref="UnknownOutcomeException"/> the file may exist, or be lost in a crash; after any other it never will exist.
    /// </summary>
    internal static bool TryCreate(string path, ReadOnlySpan<byte> content, bool durable, DiskCalls? calls = null)
    {
        if (File.Exists(path) || !TryLink(WriteTemporary(path, content, durable, calls), path, calls))
            return false;

        if (durable)
            SyncDirectory(Path.GetDirectoryName(path)!, calls);

        return true;
    }

    /// <summary>
    /// Creates or atomically replaces a file; if <paramref name="durable"/>, it is on the disk when this returns. After an
    /// <see cref="UnknownOutcomeException"/> the old content may be there, or the new one; after any other nothing was changed.
    /// </summary>
    internal static void Replace(string path, ReadOnlySpan<byte> content, bool durable, DiskCalls? calls = null)
    {
        var temporary = WriteTemporary(path, content, durable, calls);
        try
        {
            (calls ?? DiskCalls.System).Rename(temporary, path);
        }
        catch
        {
            Delete(temporary, calls);
            throw;
        }

        if (durable)
            SyncDirectory(Path.GetDirectoryName(path)!, calls);
    }

    /// <summary>The first step: writes the content to a file that no reader uses, for <see cref="TryLink"/>.</summary>
    internal static string WriteTemporary(string path, ReadOnlySpan<byte> content, bool durable, DiskCalls? calls = null)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Files are created atomically by link(2), which Windows does not have.");

        var name = string.Create(CultureInfo.InvariantCulture, $"{TemporaryPrefix}{Environment.ProcessId}-{Guid.NewGuid():N}");
        var temporary = Path.Combine(Path.GetDirectoryName(path)!, name);
        try
        {
            (calls ?? DiskCalls.System).WriteNew(temporary, content, durable);
        }
        catch
        {
            Delete(temporary, calls);
            throw;
        }

        return temporary;
    }

    /// <summary>The second step: names the file and deletes the temporary one. Returns false if the name is taken.</summary>
    internal static bool TryLink(string temporary, string path, DiskCalls? calls = null)
    {
        try
        {
            var error = (calls ?? DiskCalls.System).Link(temporary, path);

            // NFS: 1. The link was made. 2. The reply was lost. 3. The repeated request found its own link.
            return error is 0 || Posix.AreSameFile(temporary, path)
                || (error == Posix.Exists ? false : throw Posix.FailureOf(error, $"'{path}' cannot be created"));
        }
        finally
        {
            Delete(temporary, calls);
        }
    }

    /// <summary>The last step: flushes what was created, replaced and deleted in a directory to the disk.</summary>
    /// <exception cref="UnknownOutcomeException">It is unknown whether the changes survive a crash of the machine.</exception>
    internal static void SyncDirectory(string directory, DiskCalls? calls = null)
    {
        if ((calls ?? DiskCalls.System).SyncDirectory(directory) is var error and not 0)
            throw new UnknownOutcomeException(error, $"The directory '{directory}' cannot be flushed to the disk");
    }

    /// <summary>
    /// Flushes the names of a directory and of all those that it is in: whoever has made them may not have done so, and what is in a
    /// directory is lost with its name.
    /// </summary>
    /// <exception cref="UnknownOutcomeException">It is unknown whether they survive a crash of the machine.</exception>
    internal static void SyncAncestors(string directory, DiskCalls calls)
    {
        for (var above = Path.GetDirectoryName(Path.GetFullPath(directory)); above is not null; above = Path.GetDirectoryName(above))
        {
            // Other errors are those of directories that this process may not read, and so has not changed.
            if (calls.SyncDirectory(above) is Posix.InputOutput and var error)
                throw new UnknownOutcomeException(error, $"The directory '{above}' cannot be flushed to the disk");
        }
    }

    internal static bool IsTemporary(ReadOnlySpan<char> fileName) => fileName.StartsWith(TemporaryPrefix, StringComparison.Ordinal);

    private static void Delete(string temporary, DiskCalls? calls)
    {
        try
        {
            (calls ?? DiskCalls.System).Delete(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A later clean-up of the directory deletes it.
        }
    }
}
