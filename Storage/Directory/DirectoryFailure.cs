namespace OrleansShards.Storage.Directory;

/// <summary>Tells an operator what failed and what to do.</summary>
internal static class DirectoryFailure
{
    // errno, which .NET has as the exception's HResult.
    private const int FilesOfTheSystem = 23;
    private const int FilesOfTheProcess = 24;

    internal static string TextFor(Exception exception, string directory) => exception switch
    {
        LogStoreException => exception.Message,
        IOException or UnauthorizedAccessException => $"{WhatToDo(exception, directory)} ({exception.Message})",
        _ => $"The log store in '{directory}' failed in an unexpected way, please report it: {Defect.InOneLine(exception)}",
    };

    internal static LogStoreException AtOpening(Exception exception, string directory) => exception switch
    {
        LogStoreException known => known,
        IOException or UnauthorizedAccessException => new LogStoreException(
            $"The directory '{directory}' cannot be written: {exception.Message} Give this process the right to write there, "
            + "or choose another directory, on a file system that has hard links.",
            exception),
        _ => new LogStoreException(TextFor(exception, directory), exception),
    };

    private static string WhatToDo(Exception exception, string directory) => exception switch
    {
        UnauthorizedAccessException or { HResult: Posix.ReadOnlyFileSystem } =>
            $"'{directory}' cannot be used: give this process the right to read and write all that is in it.",
        { HResult: Posix.NoSpace or Posix.QuotaExceeded } =>
            $"The disk that holds '{directory}' is full: make room, and later writes succeed.",
        { HResult: FilesOfTheProcess or FilesOfTheSystem } => $"Too many files are open for '{directory}': raise the limit of open files.",
        UnknownOutcomeException or { HResult: Posix.InputOutput } =>
            $"The disk failed under '{directory}': look at the system's log and the disk, then start this process again.",
        FileNotFoundException or DirectoryNotFoundException =>
            $"Something was removed from '{directory}' while it was in use: nobody but its processes may change it.",
        _ => $"The operation on '{directory}' failed.",
    };
}

/// <summary>The faults that a test can inject into a <see cref="DirectoryLogStore"/>.</summary>
internal sealed class DirectoryFaults : StoreFaults
{
    private int _nextSync;

    /// <summary>What stands in the file system's place.</summary>
    internal DiskCalls Calls { get; init; } = DiskCalls.System;

    /// <summary>Called with a put's temporary file and its final path between writing the one and linking it.</summary>
    internal Action<string, string>? BeforeLink { get; set; }

    /// <summary>Called between a read's records, with the path of the next one.</summary>
    internal Action<string>? BeforeRecord { get; set; }

    /// <summary>Called between looking for the newest checkpoint and linking a new one.</summary>
    internal Action? BeforePublish { get; set; }

    /// <summary>The next flush of a directory is done, and reported as failed with this error.</summary>
    internal void FailNextSync(int error) => Volatile.Write(ref _nextSync, error);

    internal int TakeSyncFailure() => Interlocked.Exchange(ref _nextSync, 0);
}
