namespace OrleansShards.Storage;

/// <summary>
/// Directories that only this process's user can enter (0700), and files that only this user can read (0600), whatever the umask says. On
/// Windows they have the rights of the directory above.
/// </summary>
/// <remarks>
/// What an earlier release, or a person, left open to others is closed, and not refused: an upgrade needs no work. A directory is
/// closed only if it holds nothing of others, which is the caller's to check, and never the system's temporary one.
/// </remarks>
internal static class PrivateFiles
{
    private const UnixFileMode ReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Creates a directory if it is missing. Those above it that are missing, too, get the usual rights.</summary>
    internal static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            System.IO.Directory.CreateDirectory(path);
        else
            System.IO.Directory.CreateDirectory(path, ReadWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Opens a file, which is created if that mode says so.</summary>
    internal static FileStream Create(string path, FileMode mode, FileAccess access, FileShare share, int bufferSize = 0)
    {
        FileStreamOptions options = new() { Mode = mode, Access = access, Share = share, BufferSize = bufferSize };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = ReadWrite;

        return new FileStream(path, options);
    }

    /// <summary>Creates or replaces a file, not atomically.</summary>
    internal static void WriteText(string path, string text)
    {
        using FileStream file = Create(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Whether others than the owner have a right to it.</summary>
    internal static bool IsOpen(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0;

    /// <summary>Takes others' rights to a file or a directory away.</summary>
    /// <param name="path">The file or the directory.</param>
    /// <param name="temporary">What counts as the system's temporary directory, for tests.</param>
    /// <exception cref="LogStoreException">That is not possible; the text says why and what to do.</exception>
    internal static void Close(string path, string? temporary = null)
    {
        if (OperatingSystem.IsWindows() || !IsOpen(path))
            return;

        if (IsSame(path, temporary ?? Path.GetTempPath()))
            throw Refusal(path, "it is every program's");

        try
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) & ~Others);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refusal(path, failure.Message.TrimEnd('.'), failure);
        }
    }

    /// <summary>The refusal of something that is open to others.</summary>
    internal static LogStoreException Refusal(string path, string why, Exception? cause = null)
    {
        var mode = OperatingSystem.IsWindows() ? "" : $" (mode {Convert.ToString((int)File.GetUnixFileMode(path), 8)})";
        var text = $"'{path}' is open to other users{mode} and is not closed by this process: {why}. Close it with "
            + "chmod go-rwx, or choose a directory below it, which is then created for this user alone.";
        return cause is null ? new LogStoreException(text) : new LogStoreException(text, cause);
    }

    private static bool IsSame(string path, string other) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(other));
}
