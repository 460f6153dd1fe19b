using System.Text;
using SystemDirectory = System.IO.Directory;

namespace OrleansShards.Storage.Directory;

/// <summary>A store's directory: a marker file with the format's version, and a folder for each log.</summary>
internal sealed class DirectoryRoot(DirectoryLogStoreOptions options)
{
    private const int Version = 1;
    private const string MarkerName = "log-store";
    private const string MarkerText = "OrleansShards log store, format ";

    // Exists in the root of an ext file system that is mounted here.
    private const string LostAndFound = "lost+found";

    internal DirectoryLogStoreOptions Options => options;

    internal string Path => options.Directory;

    internal DiskCalls Calls { get; } = options.Faults?.Calls ?? DiskCalls.System;

    private string MarkerPath => System.IO.Path.Combine(Path, MarkerName);

    /// <summary>Creates the directory, or checks that it is a store's of this version; another one is not changed.</summary>
    internal void CreateOrCheck()
    {
        Calls.CreateDirectory(Path);
        while (!File.Exists(MarkerPath))
        {
            // Another process may be creating it: then the marker exists, or a temporary file that will become it.
            var other = SystemDirectory.EnumerateFileSystemEntries(Path).Select(System.IO.Path.GetFileName)
                .FirstOrDefault(name => name != LostAndFound && !AtomicFile.IsTemporary(name));
            if (other is null)
            {
                var marker = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{MarkerText}{Version}\n"));
                AtomicFile.TryCreate(MarkerPath, marker, options.Synchronous, Calls);
            }
            else if (!File.Exists(MarkerPath))
            {
                throw new LogStoreException(
                    $"'{Path}' is not a log store: it holds '{other}' and no file '{MarkerName}'. Nothing was changed. Choose "
                    + $"a directory that is empty or does not exist yet; if '{MarkerName}' was removed from a store, put it back.");
            }
        }

        CheckVersion();
        PrivateFiles.Close(Path);
        if (options.Synchronous)
            AtomicFile.SyncAncestors(Path, Calls);

        NumberedFiles.DeleteOldTemporaries(Path, Calls);
        TryLinks();
    }

    /// <summary>Flushes what was created and deleted in a directory, if this store is synchronous.</summary>
    internal void Sync(string directory)
    {
        if (!options.Synchronous)
            return;

        AtomicFile.SyncDirectory(directory, Calls);
        if (options.Faults?.TakeSyncFailure() is > 0 and var error)
            throw new UnknownOutcomeException(error, "A test says that the flush failed");
    }

    /// <summary>Called when a log is not found: a directory that was removed or is not mounted is not taken for an empty one.</summary>
    internal void CheckIsThere()
    {
        if (!File.Exists(MarkerPath))
        {
            throw new LogStoreException(
                $"'{Path}' is not there any more (its file '{MarkerName}' is missing): it was removed, or its file system is "
                + "not mounted. Bring it back and start this process again.");
        }
    }

    /// <summary>The names of all logs that have a folder.</summary>
    internal List<LogName> List()
    {
        CheckIsThere();
        List<LogName> logs = [];
        foreach (var path in SystemDirectory.EnumerateFileSystemEntries(Path))
        {
            var name = System.IO.Path.GetFileName(path);
            if (name is MarkerName or LostAndFound || AtomicFile.IsTemporary(name))
                continue;

            if (DirectoryLog.IsComplete(path))
            {
                var fullName = System.IO.Path.Combine(path, LogFolderName.FullNameFile);
                logs.Add(LogFolderName.Decode(name, () => File.ReadAllBytes(fullName)) ?? throw NumberedFiles.NotOurs(path));
            }
            else if (!SystemDirectory.Exists(path))
            {
                throw NumberedFiles.NotOurs(path);
            }
        }

        return logs;
    }

    /// <summary>Writes as a put does, to check the right to write and the hard links before the store is used.</summary>
    private void TryLinks()
    {
        var path = AtomicFile.WriteTemporary(MarkerPath, [], durable: false, Calls);
        try
        {
            if (AtomicFile.TryLink(AtomicFile.WriteTemporary(path, [], durable: false, Calls), path, Calls))
                throw new IOException("a link took a name that was taken.");
        }
        finally
        {
            Calls.Delete(path);
        }
    }

    private void CheckVersion()
    {
        var text = File.ReadAllText(MarkerPath);
        if (!text.StartsWith(MarkerText, StringComparison.Ordinal)
            || !int.TryParse(
                text.AsSpan(MarkerText.Length).TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            throw new LogStoreException(
                $"'{MarkerPath}' does not say what a log store's does ('{MarkerText}{Version}'): it is damaged, or another "
                + "program's. Nothing was changed. Restore it, or choose another directory.");
        }

        if (version != Version)
        {
            throw new LogStoreException(
                $"'{Path}' has format version {version}, expected {Version}. Nothing was changed. Open it with the "
                + $"{(version > Version ? "newer" : "older")} release that wrote it.");
        }
    }
}
