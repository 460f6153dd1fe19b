namespace OrleansShards.Storage.Directory;

/// <summary>Reads a log's records while other processes put and drop some.</summary>
/// <remarks>
/// <para>A listing is no snapshot: it may or may not contain files that are linked or unlinked while it runs. It may show record 8 but
/// not record 7, if both were put during the listing. It certainly shows files that exist from its beginning to its end.</para>
/// <para>1. Records are opened one after another until one is missing. This is nearly always the end.</para>
/// <para>2. Two listings decide whether it is the end or a gap. The first gives the highest number. All lower records were
/// put before that one, since a log's numbers rise, and so before the second listing, which contains them unless they were
/// dropped. So the second listing, up to the highest number of the first, has only the log's own gaps.</para>
/// <para>3. Every record that was read is checked again. If all still exist, then all existed when the last one was read, and everything
/// between them was missing: that is the snapshot. If one does not, records are being dropped, and the reading starts over.</para>
/// <para>4. The checkpoint is read last: a drop follows a publication, so a reader that sees the drop sees the publication, too.</para>
/// </remarks>
internal sealed class DirectoryReader(DirectoryLog log, int bytesMax, DirectoryFaults? faults)
{
    private readonly List<StoredRecord> _records = [];
    private long _bytes;

    internal (IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex) Read(ulong from)
    {
        do
        {
            _records.Clear();
            _bytes = 0;
            ReadOnce(Math.Max(from, 1));
        }
        while (_records.Count > 1 && _records.Exists(record => !log.HasRecord(record.Index.Value)));

        if (_records.Count > 0)
            log.SyncRecords(_records[^1].Index.Value, always: false);
        else
            log.CheckIsThere();

        return (_records, new LogIndex(log.Checkpoints.FindNewestOnDisk()));
    }

    private void ReadOnce(ulong next)
    {
        for (; next <= LogStoreArgument.IndexMax; next++)
        {
            var added = TryAdd(next);
            if (added == Added.No)
                ReadBehindGap(next);

            if (added != Added.Yes)
                return;
        }
    }

    private void ReadBehindGap(ulong missing)
    {
        if (log.ListRecords(missing) is not [.., var highest])
            return;

        foreach (var number in log.ListRecords(missing).TakeWhile(number => number <= highest))
        {
            if (TryAdd(number) == Added.Full)
                return;
        }
    }

    private Added TryAdd(ulong number)
    {
        var path = log.RecordPath(number);
        faults?.BeforeRecord?.Invoke(path);
        using var file = NumberedFiles.TryOpen(path);
        if (file is null)
            return Added.No;

        _bytes += RandomAccess.GetLength(file) - DirectoryFrame.HeaderBytes;
        if (_bytes > bytesMax && _records.Count > 0)
            return Added.Full;

        _records.Add(new(new LogIndex(number), log.RecordFrame(number).Read(file, path)));
        return Added.Yes;
    }

    private enum Added { Yes, No, Full }
}
