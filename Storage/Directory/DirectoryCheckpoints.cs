using SystemDirectory = System.IO.Directory;

namespace OrleansShards.Storage.Directory;

/// <summary>A log's manifests, named by index, of which the highest is the newest; and chunks, named by index, term and number.</summary>
/// <remarks>
/// The link that gives a manifest its name publishes it. Lower manifests are deleted afterwards, the lowest first, and then
/// their chunks; what a killed process leaves is deleted with the next publication.
/// </remarks>
internal sealed class DirectoryCheckpoints(DirectoryRoot root, DirectoryLog log, string logPath, uint nameChecksum)
{
    private ulong _manifestOnDisk;

    internal string Manifests { get; } = Path.Combine(logPath, "manifests");
    internal string Chunks { get; } = Path.Combine(logPath, "chunks");

    /// <summary>The newest checkpoint's index, flushed to the disk; 0 if there is none.</summary>
    internal ulong FindNewestOnDisk()
    {
        var newest = FindNewest();
        if (newest > Volatile.Read(ref _manifestOnDisk))
            SyncManifests(newest);

        return newest;
    }

    internal ReadOnlyMemory<byte>? ReadManifest()
    {
        while (FindNewestOnDisk() is var newest and > 0)
        {
            var path = ManifestPath(newest);
            using var file = NumberedFiles.TryOpen(path);
            if (file is not null)
                return ManifestFrame(newest).Read(file, path);

            // Deleted meanwhile: there is a higher one.
        }

        log.CheckIsThere();
        return null;
    }

    internal bool Publish(CheckpointId checkpoint, ReadOnlySpan<byte> manifest)
    {
        log.Prepare();
        var index = checkpoint.Index.Value;
        if (FindNewest() >= index)
            return false;

        root.Options.Faults?.BeforePublish?.Invoke();
        var path = ManifestPath(index);
        if (!ManifestFrame(index).Write(manifest, file =>
            !File.Exists(path) && AtomicFile.TryLink(
                AtomicFile.WriteTemporary(path, file, root.Options.Synchronous, root.Calls), path, root.Calls)))
        {
            return false;
        }

        SyncManifests(index);
        if (FindNewest() > index)
        {
            // 1. This process checked for a higher one. 2. It was stopped, perhaps for hours. 3. Another process published a
            // higher one, and may even have published and deleted the same index before. 4. This process linked its own.
            root.Calls.Delete(path);
            return false;
        }

        DeleteOlder(index);
        return true;
    }

    /// <summary>Writes a chunk, or replaces it atomically. Returns its path.</summary>
    internal string PutChunk(CheckpointId checkpoint, int number, ReadOnlySpan<byte> chunk)
    {
        log.Prepare();
        var path = ChunkPath(checkpoint, number);
        return ChunkFrame(checkpoint, number).Write(chunk, file =>
        {
            AtomicFile.Replace(path, file, root.Options.Synchronous, root.Calls);
            return path;
        });
    }

    internal ReadOnlyMemory<byte>? ReadChunk(CheckpointId checkpoint, int number)
    {
        var path = ChunkPath(checkpoint, number);
        using var file = NumberedFiles.TryOpen(path);
        if (file is not null)
            return ChunkFrame(checkpoint, number).Read(file, path);

        log.CheckIsThere();
        return null;
    }

    /// <summary>The newest checkpoint's index as of some moment between the call and its return.</summary>
    /// <remarks>
    /// A listing may miss a manifest that is deleted while it runs, and the one that replaced it. If the highest manifest of the listing
    /// still exists afterwards, this has not happened, since the lowest are deleted first. If the listing is empty, a second one decides:
    /// both would miss a manifest only if a publication fell into each of them, and a listing of a few names is a single system call.
    /// </remarks>
    internal ulong FindNewest()
    {
        for (var sawNone = false; ; sawNone = true)
        {
            var newest = NumberedFiles.List(Manifests).DefaultIfEmpty().Max();
            if (newest > 0 ? File.Exists(ManifestPath(newest)) : sawNone)
                return newest;
        }
    }

    private void DeleteOlder(ulong index)
    {
        foreach (var older in NumberedFiles.List(Manifests).Where(found => found < index).Order())
            root.Calls.Delete(ManifestPath(older));

        foreach (var path in SystemDirectory.EnumerateFiles(Chunks))
        {
            var name = Path.GetFileName(path.AsSpan());
            if (!AtomicFile.IsTemporary(name) && IndexOfChunk(name, path) < index)
                root.Calls.Delete(path);
        }
    }

    private void SyncManifests(ulong upTo)
    {
        root.Sync(Manifests);
        DirectoryLog.InterlockedMax(ref _manifestOnDisk, upTo);
    }

    private string ManifestPath(ulong index) => Path.Combine(Manifests, NumberedFiles.NameOf(index));
    private DirectoryFrame ManifestFrame(ulong index) => new(nameChecksum, DirectoryFileKind.Manifest, index);

    private string ChunkPath(CheckpointId checkpoint, int number) => Path.Combine(Chunks, string.Create(
        CultureInfo.InvariantCulture, $"{checkpoint.Index.Value:D19}-{checkpoint.Term.Value:D19}-{number:D10}"));

    private DirectoryFrame ChunkFrame(CheckpointId checkpoint, int number) =>
        new(nameChecksum, DirectoryFileKind.Chunk, checkpoint.Index.Value, checkpoint.Term.Value, number);

    private static ulong IndexOfChunk(ReadOnlySpan<char> name, string path) =>
        name.IndexOf('-') is var dash and > 0
            && ulong.TryParse(name[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : throw NumberedFiles.NotOurs(path);
}
