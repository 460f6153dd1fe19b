using System.Diagnostics;

namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// Lets one process use a directory's database at a time: an operating system's lock on a file beside it, which ends with the
/// process. The holder's id is in a second file, since others cannot read a locked one, and may be an earlier holder's for a moment.
/// </summary>
internal static class DirectoryLock
{
    // EWOULDBLOCK of Linux and of macOS, and Windows' sharing violation: the only failures worth waiting for.
    private static readonly int[] HeldResults = [11, 35, unchecked((int)0x80070020)];
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Takes the lock; disposing the result releases it. The file stays: if it was removed, two processes could lock two files of one
    /// name.
    /// </summary>
    internal static async Task<FileStream> TakeAsync(SqliteLogStoreOptions options, CancellationToken cancellationToken)
    {
        var asked = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryOpen(options) is { } locked)
            {
                WriteHolder(options);
                return locked;
            }

            if (Stopwatch.GetElapsedTime(asked).TotalMilliseconds >= options.LockWaitMs)
            {
                throw new LogStoreException(
                    $"'{options.DatabasePath}' is in use by {Holder(options)}. One process has a directory at a time: end that "
                    + $"one, or choose another directory (waited {options.LockWaitMs} ms).");
            }

            await Task.Delay(Retry, cancellationToken);
        }
    }

    private static FileStream? TryOpen(SqliteLogStoreOptions options)
    {
        try
        {
            PrivateFiles.CreateDirectory(options.Directory);
            var locked = PrivateFiles.Create(
                options.DatabasePath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            try
            {
                CloseDirectory(options);
                return locked;
            }
            catch
            {
                locked.Dispose();
                throw;
            }
        }
        catch (IOException exception) when (HeldResults.Contains(exception.HResult))
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LogStoreException(
                $"The directory '{options.Directory}' cannot be written: {exception.Message} Give this process the right to "
                + "write there, or choose another directory.",
                exception);
        }
    }

    private static void CloseDirectory(SqliteLogStoreOptions options)
    {
        if (!PrivateFiles.IsOpen(options.Directory))
            return;

        var foreign = System.IO.Directory.EnumerateFileSystemEntries(options.Directory).Select(Path.GetFileName)
            .FirstOrDefault(name => name != "lost+found" && !name!.StartsWith(options.FileName, StringComparison.Ordinal));
        if (foreign is not null)
            throw PrivateFiles.Refusal(options.Directory, $"it holds '{foreign}', which is not the store's");

        PrivateFiles.Close(options.Directory);
    }

    private static void WriteHolder(SqliteLogStoreOptions options)
    {
        try
        {
            PrivateFiles.WriteText(HolderPath(options), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // Used in error texts only, and the disk may be full.
        }
    }

    private static string Holder(SqliteLogStoreOptions options)
    {
        try
        {
            var text = File.ReadAllText(HolderPath(options));
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? id == Environment.ProcessId ? $"this process itself ({id})" : $"process {id}"
                : "another process";
        }
        catch (IOException)
        {
            return "another process";
        }
    }

    private static string HolderPath(SqliteLogStoreOptions options) => options.DatabasePath + ".pid";
}
