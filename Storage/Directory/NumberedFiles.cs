using System.IO.Enumeration;
using Microsoft.Win32.SafeHandles;

namespace OrleansShards.Storage.Directory;

/// <summary>Files named by one number, padded with zeros so that <c>ls</c> shows them in order.</summary>
internal static class NumberedFiles
{
    private const int Digits = 19;

    // Neither hidden nor inaccessible entries are skipped silently.
    private static readonly EnumerationOptions All = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    // A temporary file normally exists for the time of one flush.
    private static readonly TimeSpan TemporaryAgeMax = TimeSpan.FromMinutes(10);

    internal static string NameOf(ulong number) => number.ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>The numbers in a folder, in no order; none if there is no folder.</summary>
    /// <exception cref="LogStoreException">The folder contains another file.</exception>
    internal static IEnumerable<ulong> List(string folder)
    {
        try
        {
            return new FileSystemEnumerable<ulong>(folder, (ref entry) => NumberOf(ref entry), All)
            {
                ShouldIncludePredicate = (ref entry) => !AtomicFile.IsTemporary(entry.FileName),
            };
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Opens a file to read; null if it does not exist.</summary>
    internal static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            // Most missing files are found missing here, which costs less than an exception.
            return File.Exists(path) ? File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete) : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Deletes old temporary files. If their writer is only stopped, its link fails later, and its put is not stored.</summary>
    internal static void DeleteOldTemporaries(string folder, DiskCalls calls)
    {
        var before = DateTimeOffset.UtcNow - TemporaryAgeMax;
        FileSystemEnumerable<string> old = new(folder, (ref entry) => entry.ToFullPath(), All)
        {
            ShouldIncludePredicate = (ref entry) => AtomicFile.IsTemporary(entry.FileName) && entry.LastWriteTimeUtc < before,
        };
        foreach (var path in old)
            calls.Delete(path);
    }

    private static ulong NumberOf(ref FileSystemEntry entry) =>
        entry.FileName.Length == Digits
            && ulong.TryParse(entry.FileName, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw NotOurs(entry.ToFullPath());

    internal static LogStoreException NotOurs(string path) => new(
        $"'{path}' was not written by this store. Nothing was changed. Move it away; the directory is for logs alone.");
}
