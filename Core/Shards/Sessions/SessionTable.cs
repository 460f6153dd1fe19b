using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;

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
    private readonly FreezableMap<SessionName, SessionEntry> _entries = new();

    // Every use, oldest first. A use that is no longer its session's last is skipped, so that a use costs no search; the
    // queue is rebuilt when most of its uses are of that kind.
    private readonly Queue<(SessionName Name, ulong Use)> _uses = new();
    private bool _isRestored;
    private ulong _clock;
    private ulong _sum;

    internal int Count => _entries.Count;

    /// <summary>Bytes of the names and recorded values.</summary>
    internal long Bytes { get; private set; }

    internal Digest64 AddTo(Digest64 digest) => digest.With((ulong)Count).With(_clock).With(_sum);

    internal SessionEntry? Find(SessionName name) => _entries.TryGet(name, out SessionEntry entry) ? entry : null;

    /// <summary>
    /// Records a request that was carried out; drops the least recently used session where there are too many. <c>known</c> is the
    /// session's present entry, null for a new session; <c>value</c> is no slice of an entry.
    /// </summary>
    internal void Record(SessionName name, SessionEntry? known, long sequence, RecordedReply reply, JsonText value)
    {
        ulong now = ++_clock;
        if (known is not null)
            Forget(known);

        Put(new SessionEntry(known?.Name ?? name.ToOwned(), sequence, reply, value, known?.FirstUse ?? now, now));
        while (_entries.Count > sessionsMax)
            DropOldest();
    }

    /// <summary>
    /// Drops the least recently used sessions while they hold more than so many bytes, but never the last one. Only directly after
    /// <see cref="Record"/>, which has the uses in order.
    /// </summary>
    internal void Trim(long bytesMax)
    {
        while (Bytes > bytesMax && _entries.Count > 1)
            DropOldest();
    }

    /// <summary>Counts a repeated request as a use.</summary>
    internal void Touch(SessionEntry known) => Record(known.Name, known, known.Sequence, known.Reply, known.Value);

    internal void Clear()
    {
        _entries.Clear();
        _uses.Clear();
        _isRestored = false;
        _clock = 0;
        _sum = 0;
        Bytes = 0;
    }

    internal IEnumerable<SessionEntry> All() => _entries.All().Select(static item => item.Value);

    internal FrozenView<SessionName, SessionEntry> Freeze() => _entries.Freeze();

    internal void WriteCounters(ByteWriter writer) => writer.VarUInt(_clock);

    internal void ReadCounters(ref ByteReader reader) => _clock = reader.VarUInt();

    internal static void Write(ByteWriter writer, SessionEntry entry)
    {
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
        SessionEntry entry = ReadEntry(ref reader);
        Add(entry);
        _entries.Set(entry.Name, entry);
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

    private void Put(SessionEntry entry)
    {
        Add(entry);
        _entries.Set(entry.Name, entry);
        if (_isRestored || _uses.Count > (2 * _entries.Count) + 16)
            RebuildUses();
        else
            _uses.Enqueue((entry.Name, entry.LastUse));
    }

    private void Add(SessionEntry entry)
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
        (SessionName name, ulong use) = _uses.Dequeue();
        if (Find(name) is { } entry && entry.LastUse == use)
        {
            Forget(entry);
            _entries.Remove(name);
        }
    }

    private void RebuildUses()
    {
        _uses.Clear();
        foreach (SessionEntry entry in All().OrderBy(static entry => entry.LastUse))
            _uses.Enqueue((entry.Name, entry.LastUse));

        _isRestored = false;
    }
}

/// <summary>
/// A session's last request and its answer. Sessions are shown in the order of their first use; the one with the smallest last use is
/// dropped first. Immutable: a frozen view may still show it.
/// </summary>
internal sealed record SessionEntry(
    SessionName Name, long Sequence, RecordedReply Reply, JsonText Value, ulong FirstUse, ulong LastUse)
{
    /// <summary>The session's part of the state's digest.</summary>
    internal ulong Hash { get; } = new Digest64(Name.Hash)
        .With((ulong)Sequence).With((ulong)Reply).With(FirstUse).With(LastUse).With(Value.Span).Value;

    /// <summary>Bytes of the name and the recorded value.</summary>
    internal long Bytes => (long)Name.Utf8.Length + Value.Span.Length;

    /// <summary>The recorded answer, to be given again.</summary>
    internal KeyReply ToReply() => Reply switch
    {
        RecordedReply.ReadOk => new KeyReply(KeyVerdict.Done, Value),
        RecordedReply.WriteOk or RecordedReply.CasOk or RecordedReply.DeleteOk => KeyReplies.Done,
        RecordedReply.Absent => KeyReplies.Absent,
        RecordedReply.Differs => new KeyReply(KeyVerdict.Differs, Value),
    };
}
