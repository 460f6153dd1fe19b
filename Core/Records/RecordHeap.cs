using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Records;

/// <summary>Where a record is: the number of its segment, and the byte at which it begins there.</summary>
internal readonly record struct RecordPlace(int Segment, int Offset);

/// <summary>
/// The bytes of records, in a few large arrays: the collector sees a segment of 1 MiB, not the thousands of records in it. Bytes are
/// appended and never changed, so that a view, and an answer on its way, may refer to them.
/// </summary>
internal sealed class RecordHeap
{
    /// <summary>A longer record has a segment of its own, which goes with it.</summary>
    internal const int SharedBytesMax = 16 << 10;

    private const int SegmentBytesMin = 512;
    private const int SegmentBytesMax = 1 << 20;

    // Less garbage is not worth the moving: of a small table, a fifth would be moved again and again.
    private const int GarbageBytesMin = 16 << 10;

    // A segment of a table that grows is an eighth of what there is, so that no more than that is empty.
    private const int Growth = 8;

    private readonly PagedArray<byte[]> _bytes = new();
    private readonly PagedArray<Use> _uses = new();
    private readonly Stack<int> _free = new();
    private readonly ByteWriter _header = new(16);
    private int _open = -1;
    private int _cursor;
    private long _closedUsed;
    private long _closedLive;

    /// <summary>Whether more than a fifth of what is in closed segments is of records that are gone, and more than 16 KiB.</summary>
    internal bool IsSparse => _closedUsed - _closedLive > GarbageBytesMin && IsSparser(_closedUsed, _closedLive);

    /// <summary>Bytes of all segments.</summary>
    internal long Capacity { get; private set; }

    internal Record this[RecordPlace place] => Record.At(_bytes[place.Segment], place.Offset);

    internal RecordPlace Add(ReadOnlySpan<byte> id, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        _header.Clear();
        _header.VarUInt((ulong)id.Length);
        _header.VarUInt((ulong)head.Length);
        _header.VarUInt((ulong)body.Length);
        Span<byte> record = Take(_header.Length + id.Length + head.Length + body.Length, out RecordPlace place);
        _header.Written.CopyTo(record);
        id.CopyTo(record = record[_header.Length..]);
        head.CopyTo(record = record[id.Length..]);
        body.CopyTo(record[head.Length..]);
        return place;
    }

    /// <summary>Adds a copy of a record.</summary>
    internal RecordPlace Add(in Record record)
    {
        ReadOnlySpan<byte> bytes = record.Whole;
        bytes.CopyTo(Take(bytes.Length, out RecordPlace place));
        return place;
    }

    /// <summary>A record is gone. A closed segment whose last one it was goes with it.</summary>
    internal void Remove(RecordPlace place)
    {
        int length = this[place].Length;
        ref Use use = ref _uses.Writable(place.Segment);
        use.Live -= length;
        if (use.IsClosed)
            _closedLive -= length;

        if (use.Live == 0 && place.Segment != _open)
            Drop(place.Segment);
    }

    /// <summary>
    /// The next segment that is worth compacting: more than a fifth of it is of records that are gone. There is one where
    /// <see cref="IsSparse"/>.
    /// </summary>
    internal int NextSparse()
    {
        for (int seen = 0; seen < _uses.Count; seen++)
        {
            _cursor = _cursor + 1 < _uses.Count ? _cursor + 1 : 0;
            if (_uses[_cursor] is { IsClosed: true } use && IsSparser(use.Used, use.Live))
                return _cursor;
        }

        throw new BrokenInvariantException($"{_closedLive} of {_closedUsed} bytes are live, and no segment is sparse");
    }

    /// <summary>Whether a segment still has live records.</summary>
    internal bool IsLive(int segment) => _uses[segment].Live > 0;

    internal void Clear()
    {
        _bytes.Clear();
        _uses.Clear();
        _free.Clear();
        (_open, _cursor, _closedUsed, _closedLive, Capacity) = (-1, 0, 0, 0, 0);
    }

    internal FrozenPages<byte[]> Freeze() => _bytes.Freeze();

    internal void Thaw() => _bytes.Thaw();

    private static bool IsSparser(long used, long live) => used - live > used / 5;

    private Span<byte> Take(int length, out RecordPlace place)
    {
        if (length > SharedBytesMax)
        {
            // Neither open nor closed: it has no garbage, and is dropped with its only record.
            place = new RecordPlace(AddSegment(length), 0);
            _uses.Writable(place.Segment) = new Use { Used = length, Live = length };
            return _bytes[place.Segment];
        }

        if (_open < 0 || _bytes[_open].Length - _uses[_open].Used < length)
            Open(length);

        ref Use use = ref _uses.Writable(_open);
        place = new RecordPlace(_open, use.Used);
        use.Used += length;
        use.Live += length;
        return _bytes[_open].AsSpan(place.Offset, length);
    }

    private void Open(int length)
    {
        if (_open >= 0)
            Close();

        int wanted = (int)Math.Clamp(Capacity / Growth, SegmentBytesMin, SegmentBytesMax);
        _open = AddSegment(Math.Max(length, wanted));
    }

    private void Close()
    {
        ref Use use = ref _uses.Writable(_open);
        int closed = _open;
        _open = -1;
        use.IsClosed = true;
        _closedUsed += use.Used;
        _closedLive += use.Live;
        if (use.Live == 0)
            Drop(closed);
    }

    private int AddSegment(int length)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        Capacity += length;
        if (_free.TryPop(out int segment))
        {
            _bytes.Writable(segment) = bytes;
            return segment;
        }

        _bytes.Add(bytes);
        _uses.Add(default);
        return _bytes.Count - 1;
    }

    private void Drop(int segment)
    {
        ref Use use = ref _uses.Writable(segment);
        _closedUsed -= use.IsClosed ? use.Used : 0;
        use = default;
        Capacity -= _bytes[segment].Length;
        _bytes.Writable(segment) = [];
        _free.Push(segment);
    }

    // How far a segment is filled, and how much of that is of records that are not gone.
    private record struct Use(int Used, int Live, bool IsClosed);
}

/// <summary>
/// A record in a segment: three lengths, an id, and two parts whose meaning is the table's owner's. Valid for good, as a slice of the
/// segment, which it keeps in memory.
/// </summary>
internal readonly struct Record
{
    private readonly byte[] _segment;
    private readonly int _offset;
    private readonly int _idAt;
    private readonly int _headAt;
    private readonly int _bodyAt;
    private readonly int _end;

    private Record(byte[] segment, int offset, int idAt, int headAt, int bodyAt, int end) =>
        (_segment, _offset, _idAt, _headAt, _bodyAt, _end) = (segment, offset, idAt, headAt, bodyAt, end);

    internal ReadOnlyMemory<byte> Id => _segment.AsMemory(_idAt, _headAt - _idAt);

    internal ReadOnlyMemory<byte> Head => _segment.AsMemory(_headAt, _bodyAt - _headAt);

    internal ReadOnlyMemory<byte> Body => _segment.AsMemory(_bodyAt, _end - _bodyAt);

    internal ReadOnlySpan<byte> Whole => _segment.AsSpan(_offset, Length);

    internal int Length => _end - _offset;

    internal static Record At(byte[] segment, int offset)
    {
        ByteReader reader = new(segment.AsSpan(offset));
        (int id, int head, int body) = ((int)reader.VarUInt(), (int)reader.VarUInt(), (int)reader.VarUInt());
        int idAt = offset + reader.Position;
        return new Record(segment, offset, idAt, idAt + id, idAt + id + head, idAt + id + head + body);
    }

    /// <summary>
    /// The same bytes for somebody who may keep them: a copy, so that a small value does not keep a segment in memory; a large one has a
    /// segment of its own, which is what is kept.
    /// </summary>
    internal static ReadOnlyMemory<byte> ToKeep(ReadOnlyMemory<byte> slice) =>
        slice.Length > RecordHeap.SharedBytesMax ? slice : slice.ToArray();
}
