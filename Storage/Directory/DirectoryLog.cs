using OrleansShards.Core.Bytes;
using SystemDirectory = System.IO.Directory;

namespace OrleansShards.Storage.Directory;

/// <summary>
/// One log's folder with <c>records</c>, <c>manifests</c> and <c>chunks</c>, one file each. Any number of processes change it at
/// any time; only what is known to be on the disk is cached in memory.
/// </summary>
internal sealed class DirectoryLog
{
    private const string RecordsName = "records";

    private readonly DirectoryRoot _root;
    private readonly string _path;
    private readonly uint _nameChecksum;
    private readonly string _records;
    private volatile bool _wasThere;
    private volatile bool _isPrepared;
    private ulong _recordOnDisk;

    internal DirectoryLog(DirectoryRoot root, LogName name)
    {
        (_root, Name, _path) = (root, name, Path.Combine(root.Path, LogFolderName.Encode(name)));
        _nameChecksum = Crc32C.Append(0, LogFolderName.FullName(name));
        _records = Path.Combine(_path, RecordsName);
        Checkpoints = new DirectoryCheckpoints(root, this, _path, _nameChecksum);
    }

    internal LogName Name { get; }

    internal DirectoryCheckpoints Checkpoints { get; }

    /// <summary>Whether the folder has been prepared completely.</summary>
    internal static bool IsComplete(string path) => SystemDirectory.Exists(Path.Combine(path, RecordsName));

    internal string RecordPath(ulong index) => Path.Combine(_records, NumberedFiles.NameOf(index));

    internal DirectoryFrame RecordFrame(ulong index) => new(_nameChecksum, DirectoryFileKind.Record, index);

    /// <summary>Creates the folder and deletes what killed processes left, once per process: nobody ever removes a folder.</summary>
    internal void Prepare()
    {
        if (_isPrepared)
            return;

        _root.CheckIsThere();
        _root.Calls.CreateDirectory(_path);
        if (LogFolderName.IsCut(Path.GetFileName(_path)))
        {
            AtomicFile.TryCreate(
                Path.Combine(_path, LogFolderName.FullNameFile), LogFolderName.FullName(Name), _root.Options.Synchronous, _root.Calls);
        }

        NumberedFiles.DeleteOldTemporaries(_path, _root.Calls);
        foreach (var folder in new[] { Checkpoints.Chunks, Checkpoints.Manifests, _records })
        {
            _root.Calls.CreateDirectory(folder);
            NumberedFiles.DeleteOldTemporaries(folder, _root.Calls);
        }

        // Even if they existed: another process may have created them and not flushed them yet.
        _root.Sync(_path);
        _root.Sync(_root.Path);
        (_isPrepared, _wasThere) = (true, true);
    }

    /// <summary>Called when something is missing: a log that was written and whose folder is gone is not taken for empty.</summary>
    internal void CheckIsThere()
    {
        // Read before the folder is checked: in between it may be created and become known.
        var wasThere = _wasThere;
        if (SystemDirectory.Exists(_records))
        {
            _wasThere = true;
            return;
        }

        _root.CheckIsThere();
        if (wasThere)
            throw new LogStoreException($"'{_path}' was removed while it was in use. Bring it back and start this process again.");
    }

    internal bool HasRecord(ulong index)
    {
        if (File.Exists(RecordPath(index)))
            return true;

        CheckIsThere();
        return false;
    }

    internal bool HasRecords()
    {
        CheckIsThere();
        return NumberedFiles.List(_records).Any();
    }

    /// <summary>The existing numbers at or after one, in order. A listing is no snapshot (<see cref="DirectoryReader"/>).</summary>
    internal List<ulong> ListRecords(ulong from) => [.. NumberedFiles.List(_records).Where(number => number >= from).Order()];

    /// <summary>
    /// Flushes the links in <c>records</c> to the disk. A record becomes visible before that: a reader of one that is not known
    /// to be on the disk flushes first, since it must not act upon a record that the machine can lose. (Records below a
    /// known one are not flushed again: a log's numbers rise.)
    /// </summary>
    internal void SyncRecords(ulong upTo, bool always)
    {
        if (always || upTo > Volatile.Read(ref _recordOnDisk))
        {
            _root.Sync(_records);
            InterlockedMax(ref _recordOnDisk, upTo);
        }
    }

    internal static void InterlockedMax(ref ulong to, ulong value)
    {
        for (var known = Volatile.Read(ref to); known < value;)
            known = Interlocked.CompareExchange(ref to, value, known) is var found && found == known ? value : found;
    }

    /// <summary>Drops records from the lowest on, and flushes that. Returns whether there were any.</summary>
    internal bool Drop(ulong upTo, IReadOnlyList<LogIndex> keep)
    {
        CheckIsThere();
        var kept = keep.Select(index => index.Value).ToHashSet();
        var dropped = ListRecords(0).Where(number => number <= upTo && !kept.Contains(number)).ToList();
        dropped.ForEach(number => _root.Calls.Delete(RecordPath(number)));
        if (dropped.Count > 0)
            _root.Sync(_records);

        return dropped.Count > 0;
    }
}
