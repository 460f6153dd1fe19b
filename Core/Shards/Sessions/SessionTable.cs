using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;
using OrleansShards.Core.Records;

namespace OrleansShards.Core.Shards;

/// <summary>The dedup table of one kind of sessions in one shard: the last number and recorded answer of each, bounded.</summary>
/// <remarks>
/// What a client may rely on: its session is kept as long as fewer than <paramref name="sessionsMax"/> other sessions of its
/// kind have been used in this shard since. Beyond that the least recently used session is dropped, and a retry of its last
/// request would be carried out again. Uses are counted in the log's order, so every replica drops the same session, also
/// one that was restored from a checkpoint in between.
/// </remarks>
internal sealed class SessionTable(int sessionsMax)
{
    private const int None = -1;

    // A record's id is the session's name; the head has the numbers, and the body is the recorded value.
    private readonly RecordTable _entries = new();
    private readonly ByteWriter _head = new(32);

    // The sessions in the order of their last uses, as a list through their numbers. Out of order while a checkpoint is restored.
    private readonly PagedArray<Neighbours> _uses = new();
    private int _oldest = None;
    private int _newest = None;
    private bool _isRestored;
    private ulong _clock;
    private ulong _sum;

    internal int Count => _entries.Count;

    /// <summary>Bytes of the names and recorded values.</summary>
    internal long Bytes { get; private set; }

    internal Digest64 AddTo(Digest64 digest) => digest.With((ulong)Count).With(_clock).With(_sum);

    internal SessionEntry? Find(SessionName name)
    {
        int number = _entries.Find(name.Utf8.Span, name.Hash);
        return number < 0 ? null : EntryOf(_entries[number], number);
    }

    /// <summary>
    /// Records a request that was carried out; drops the least recently used session where there are too many. <c>known</c> is the
    /// session's present entry, null for a new session.
    /// </summary>
    internal void Record(SessionName name, SessionEntry? known, long sequence, RecordedReply reply, JsonText value)
    {
        if (_isRestored)
            OrderUses();

        ulong now = ++_clock;
        SessionEntry used = new(known?.Name ?? name, sequence, reply, value, known?.FirstUse ?? now, now);
        if (known is { } present)
        {
            Forget(present);
            Unlink(present.Number);
            Remember(used);
            _entries.Replace(present.Number, Head(used), value.Span);
            LinkNewest(present.Number);
        }
        else
        {
            Add(used);
            LinkNewest(Count - 1);
        }

        while (Count > sessionsMax)
            DropOldest();
    }

    /// <summary>
    /// Drops the least recently used sessions while they hold more than so many bytes, but never the last one. Only directly after
    /// <see cref="Record"/>, which has the uses in order.
    /// </summary>
    internal void Trim(long bytesMax)
    {
        while (Bytes > bytesMax && Count > 1)
            DropOldest();
    }

    /// <summary>Counts a repeated request as a use.</summary>
    internal void Touch(SessionEntry known) => Record(known.Name, known, known.Sequence, known.Reply, known.Value);

    internal void Clear()
    {
        _entries.Clear();
        _uses.Clear();
        (_oldest, _newest) = (None, None);
        _isRestored = false;
        _clock = 0;
        _sum = 0;
        Bytes = 0;
    }

    /// <summary>All sessions, as slices: only for as long as the table does not change.</summary>
    internal IEnumerable<SessionEntry> All() => _entries.All().Select(EntryOf);

    internal FrozenRecords Freeze() => _entries.Freeze();

    internal void WriteCounters(ByteWriter writer) => writer.VarUInt(_clock);

    internal void ReadCounters(ref ByteReader reader) => _clock = reader.VarUInt();

    internal static void Write(ByteWriter writer, Record record)
    {
        SessionEntry entry = EntryOf(record, None);
        writer.Bytes(entry.Name.Utf8.Span);
        writer.VarInt(entry.Sequence);
        writer.Byte((byte)entry.Reply);
        writer.Bytes(entry.Value.Span);
        writer.VarUInt(entry.FirstUse);
        writer.VarUInt(entry.LastUse);
    }

    /// <summary>Reads and adds a session; the counters were read before it.</summary>
    internal void Read(ref ByteReader reader)
    {
        Add(ReadEntry(ref reader));
        _isRestored = true;
    }

    internal static SessionEntry ReadEntry(ref ByteReader reader)
    {
        SessionName name = new(reader.Bytes().ToArray());
        long sequence = reader.VarInt();
        RecordedReply reply = ReadReply(ref reader);
        JsonText value = JsonText.Trusted(reader.Bytes().ToArray());
        ulong firstUse = reader.VarUInt();
        return new SessionEntry(name, sequence, reply, value, firstUse, reader.VarUInt());
    }

    internal static RecordedReply ReadReply(ref ByteReader reader)
    {
        var reply = (RecordedReply)reader.Byte();
        return Enum.IsDefined(reply)
            ? reply
            : throw new CorruptDataException($"a recorded reply of kind {(byte)reply} before byte {reader.Position}");
    }

    private static SessionEntry EntryOf(Record record, int number)
    {
        ByteReader reader = new(record.Head.Span);
        (long sequence, var reply, ulong firstUse) = (reader.VarInt(), (RecordedReply)reader.Byte(), reader.VarUInt());
        JsonText value = JsonText.Trusted(record.Body);
        return new SessionEntry(new SessionName(record.Id), sequence, reply, value, firstUse, reader.VarUInt()) { Number = number };
    }

    private ReadOnlySpan<byte> Head(SessionEntry entry)
    {
        _head.Clear();
        _head.VarInt(entry.Sequence);
        _head.Byte((byte)entry.Reply);
        _head.VarUInt(entry.FirstUse);
        _head.VarUInt(entry.LastUse);
        return _head.Written;
    }

    private void Add(SessionEntry entry)
    {
        Remember(entry);
        _entries.Add(entry.Name.Utf8.Span, entry.Name.Hash, Head(entry), entry.Value.Span);
        _uses.Add(new Neighbours(None, None));
    }

    private void Remember(SessionEntry entry)
    {
        _sum += entry.Hash;
        Bytes += entry.Bytes;
    }

    private void Forget(SessionEntry entry)
    {
        _sum -= entry.Hash;
        Bytes -= entry.Bytes;
    }

    private void DropOldest()
    {
        int dropped = _oldest;
        Forget(EntryOf(_entries[dropped], dropped));
        Unlink(dropped);

        // The last session's number is now the dropped one's.
        int last = _entries.Remove(dropped);
        if (last != dropped)
            Link(dropped, _uses[last]);

        _uses.RemoveLast();
    }

    private void LinkNewest(int number) => Link(number, new Neighbours(_newest, None));

    // Makes a session's neighbours what is given, and the session theirs.
    private void Link(int number, Neighbours between)
    {
        _uses.Writable(number) = between;
        NewerThan(between.Older) = number;
        OlderThan(between.Newer) = number;
    }

    private void Unlink(int number)
    {
        Neighbours between = _uses[number];
        NewerThan(between.Older) = between.Newer;
        OlderThan(between.Newer) = between.Older;
    }

    private ref int NewerThan(int number)
    {
        if (number == None)
            return ref _oldest;

        return ref _uses.Writable(number).Newer;
    }

    private ref int OlderThan(int number)
    {
        if (number == None)
            return ref _newest;

        return ref _uses.Writable(number).Older;
    }

    // A checkpoint has the sessions in no order.
    private void OrderUses()
    {
        _isRestored = false;
        (_oldest, _newest) = (None, None);
        foreach (SessionEntry entry in All().OrderBy(static entry => entry.LastUse))
            LinkNewest(entry.Number);
    }

    private struct Neighbours(int older, int newer)
    {
        internal int Older = older;
        internal int Newer = newer;
    }
}

/// <summary>
/// A session's last request and its answer. Sessions are shown in the order of their first use; the one with the smallest last use is
/// dropped first. Texts of a table's entry are slices of its memory.
/// </summary>
internal readonly record struct SessionEntry(
    SessionName Name, long Sequence, RecordedReply Reply, JsonText Value, ulong FirstUse, ulong LastUse)
{
    /// <summary>The record's number in the table; only until that changes.</summary>
    internal int Number { get; init; } = -1;

    /// <summary>The session's part of the state's digest.</summary>
    internal ulong Hash => new Digest64(Name.Hash)
        .With((ulong)Sequence).With((ulong)Reply).With(FirstUse).With(LastUse).With(Value.Span).Value;

    /// <summary>Bytes of the name and the recorded value.</summary>
    internal long Bytes => (long)Name.Utf8.Length + Value.Span.Length;

    /// <summary>The recorded answer, to be given again.</summary>
    internal KeyReply ToReply() => Reply switch
    {
        RecordedReply.ReadOk => new KeyReply(KeyVerdict.Done, ValueToKeep),
        RecordedReply.WriteOk or RecordedReply.CasOk or RecordedReply.DeleteOk => KeyReplies.Done,
        RecordedReply.Absent => KeyReplies.Absent,
        RecordedReply.Differs => new KeyReply(KeyVerdict.Differs, ValueToKeep),
    };

    private JsonText ValueToKeep => JsonText.Trusted(Records.Record.ToKeep(Value.Utf8));
}
