namespace OrleansShards.Storage.Directory;

/// <summary>Reads a log's records while other processes put and drop some.</summary>
/// <remarks>
/// <para>A listing is no snapshot: what is linked or unlinked meanwhile may be in it or not, so that it may show record
/// 8, put during the listing, and not record 7, put before that but during the listing as well. What is certain is that
/// it shows what is there from its beginning to its end.</para>
/// <para>So records are opened one after another until one is missing: nearly always the end. Whether it is, or a gap,
/// is decided by two listings, one after the other. The first gives the highest number. All below that was put before
/// that one, since a log's numbers rise, and so before the second listing, and is in that one unless it was dropped. So
/// the second listing, up to the highest number of the first, has no gap that the log has not.</para>
/// <para>In the end every record that was read is looked for once more. If all are still there, then all were there at
/// the moment when the last one was read, and everything between them was missing: that is the moment that is shown. If
/// one is not, records are being dropped, and the reading starts over.</para>
/// <para>The checkpoint is looked for after all this: a drop that was seen follows a publication, which is then seen,
/// too.</para>
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
            switch (TryAdd(next))
            {
                case Added.No:
                    ReadBehindGap(next);
                    return;
                case Added.Full:
                    return;
            }
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

    private enum Added
    {
        Yes,
        No,
        Full,
    }
}
