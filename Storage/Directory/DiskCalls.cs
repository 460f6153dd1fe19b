namespace OrleansShards.Storage.Directory;

/// <summary>
/// The calls that change a store's files. A test puts a disk that fails, or takes back what was not flushed, in their place.
/// </summary>
internal class DiskCalls
{
    internal static DiskCalls System { get; } = new();

    /// <summary>Creates a file, writes it, and flushes it if <paramref name="durable"/>.</summary>
    internal virtual void WriteNew(string path, ReadOnlySpan<byte> content, bool durable)
    {
        // Closed before it is linked: .NET's advisory lock on an open file would block readers.
        using var file = PrivateFiles.Create(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
        file.Write(content);
        if (durable)
            file.Flush(flushToDisk: true);
    }

    /// <summary>Gives a file a second name if that is free. Returns 0 or an <c>errno</c>.</summary>
    internal virtual int Link(string file, string name) => Posix.Link(file, name);

    /// <summary>Gives a file another name, and replaces what has it.</summary>
    internal virtual void Rename(string file, string name) => File.Move(file, name, overwrite: true);

    internal virtual void Delete(string path) => File.Delete(path);

    /// <summary>Creates a directory whose parent exists, if it is missing.</summary>
    internal virtual void CreateDirectory(string path) => PrivateFiles.CreateDirectory(path);

    /// <summary>Flushes the names in a directory. Returns 0 or an <c>errno</c>.</summary>
    internal virtual int SyncDirectory(string path) => Posix.SyncDirectory(path);
}
