using OrleansShards.Core.Bytes;
using OrleansShards.Storage.GroupCommit;

namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// The file's table <c>journal</c>: small records that one commit stores of many logs are one row, instead of a page in the table of each.
/// They are moved to their logs' tables later, many at once, in the order of the commits. Used by the commit thread.
/// </summary>
/// <remarks>
/// 1. <see cref="Add"/> and <see cref="Write"/> in a transaction. 2. <see cref="OnCommitted"/> shows the records to readers, who have them
/// from memory (<see cref="SqliteLog"/>). 3. <see cref="Settle"/> writes the oldest rows' records to the tables and deletes the rows.
/// 4. After that commit memory lets go of them. A reader looks into memory first and into the table then, and misses none.
/// </remarks>
internal sealed class SqliteJournal(string path)
{
    /// <summary>From how many bytes on records are settled; fewer stay until more come, or until the store is closed.</summary>
    internal const long BytesToSettle = 1 << 20;

    /// <summary>What one transaction settles: some milliseconds, in which no small write is committed.</summary>
    internal const long BytesAtOnce = CommitThread.LargeBytesMax;

    /// <summary>From how many bytes on every transaction settles some: the background did not keep up.</summary>
    internal const long BytesMax = 16 << 20;

    private readonly Queue<Row> _rows = [];
    private readonly ByteWriter _writer = new(capacity: 64 << 10);
    private readonly List<(SqliteLog Log, LogIndex Index, Range Place)> _added = [];
    private long _lastRow;
    private byte[]? _written;
    private int _settling;

    /// <summary>Bytes of records that are committed here and not settled.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Whether a row takes fewer pages than a page, or a few, in each log's table.</summary>
    internal static bool IsFewerPages(int logs, long bytes) => bytes < (logs - 3L) * SqliteSchema.PageBytes / 3;

    /// <summary>Adds a record to the row that this transaction writes.</summary>
    internal void Add(SqliteLog log, LogIndex index, ReadOnlySpan<byte> record)
    {
        _writer.VarUInt((ulong)log.Id);
        _writer.VarUInt(index.Value);
        _writer.Bytes(record);
        _added.Add((log, index, (_writer.Length - record.Length).._writer.Length));
    }

    /// <summary>Whether this transaction adds that record.</summary>
    internal bool Adds(SqliteLog log, LogIndex index) => _added.Exists(added => added.Log == log && added.Index == index);

    /// <summary>Writes the row, if anything was added.</summary>
    internal void Write(SqliteConnection connection)
    {
        if (_added.Count == 0)
            return;

        _writer.Fixed32(Crc32C.Append(Seed(_lastRow + 1), _writer.Written));
        _written = _writer.ToArray();
        connection.Prepared("insert into journal (number, bytes) values (?1, ?2)").Bind(1, _lastRow + 1).Bind(2, _written).Run();
    }

    /// <summary>Moves the records of the oldest rows that no earlier call in this transaction has moved.</summary>
    internal void Settle(SqliteConnection connection)
    {
        long bytes = 0;
        var rows = _rows.Skip(_settling).TakeWhile(row => (bytes += row.Bytes) - row.Bytes < BytesAtOnce).ToList();
        if (rows.Count == 0)
            return;

        // Neighbours together: each page of a table is written once.
        foreach (var log in rows.SelectMany(row => row.Records).GroupBy(record => record.Log))
        {
            foreach (var (_, index, record) in log.OrderBy(record => record.Index))
                log.Key.Insert(connection, index, record.Span);
        }

        connection.Prepared("delete from journal where number <= ?1").Bind(1, rows[^1].Number).Run();
        _settling += rows.Count;
    }

    /// <summary>The transaction is durable.</summary>
    internal void OnCommitted()
    {
        for (; _settling > 0; _settling--)
        {
            var row = _rows.Dequeue();
            Bytes -= row.Bytes;
            foreach (var record in row.Records)
                record.Log.OnSettled(record.Index);
        }

        if (_written is { } bytes)
        {
            _lastRow++;
            ReadOnlyMemory<byte> row = bytes;
            Show(new Row(_lastRow, [.. _added.Select(added => (added.Log, added.Index, row[added.Place]))], row.Length));
        }

        Forget();
    }

    /// <summary>The transaction was rolled back.</summary>
    internal void OnRolledBack()
    {
        _settling = 0;
        Forget();
    }

    /// <summary>Reads what is there when the file is opened.</summary>
    /// <exception cref="LogStoreException">A row is damaged.</exception>
    internal void Load(SqliteConnection connection, IReadOnlyDictionary<long, SqliteLog> logs)
    {
        using var rows = connection.Prepare("select number, bytes from journal order by number");
        while (rows.Step())
        {
            _lastRow = rows.Int64(0);
            Show(Read(_lastRow, rows.Blob(1), logs.GetValueOrDefault));
        }
    }

    private void Show(Row row)
    {
        _rows.Enqueue(row);
        Bytes += row.Bytes;
        foreach (var (log, index, record) in row.Records)
            log.OnJournaled(index, record);
    }

    private void Forget()
    {
        _writer.Clear();
        _added.Clear();
        _written = null;
    }

    private Row Read(long number, byte[] bytes, Func<long, SqliteLog?> find)
    {
        try
        {
            var content = bytes.AsMemory(0, Math.Max(0, bytes.Length - sizeof(uint)));
            var end = new ByteReader(bytes.AsSpan(content.Length));
            if (end.Fixed32() != Crc32C.Append(Seed(number), content.Span))
                throw new CorruptDataException("its checksum is another");

            List<(SqliteLog, LogIndex, ReadOnlyMemory<byte>)> records = [];
            var reader = new ByteReader(content.Span);
            while (reader.Remaining > 0)
            {
                var id = (long)reader.VarUInt();
                var log = find(id) ?? throw new CorruptDataException($"there is no log {id}");
                records.Add((log, new LogIndex(reader.VarUInt()), reader.Slice(content)));
            }

            return new Row(number, records, bytes.Length);
        }
        catch (CorruptDataException damage)
        {
            throw new LogStoreException(
                $"'{path}' is damaged: row {number} of its journal cannot be read ({damage.Message}). Nothing was changed or repaired. "
                + "Restore it from a copy.");
        }
    }

    // A row at another's place is noticed.
    private static uint Seed(long number) => Crc32C.Append(0, BitConverter.GetBytes(number));

    private sealed record Row(long Number, IReadOnlyList<(SqliteLog Log, LogIndex Index, ReadOnlyMemory<byte> Bytes)> Records, long Bytes);
}
