using System.Numerics;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Records;

/// <summary>
/// Records by their ids, without an object a record, and so that no single write pays for many: a shard has millions, and every pause is
/// one of all its clients. It can be frozen: a view shows the records of that moment while writes continue.
/// </summary>
/// <remarks>
/// Records are numbered from 0 without gaps: the last one takes the number of one that is removed. A bucket is a chain of numbers.
/// Buckets are split and merged one at a time (linear hashing, Litwin 1980), as records come and go, so that nothing is ever
/// hashed again as a whole. Each write also moves some records out of a segment with garbage, while there is too much of it. A
/// dictionary would rehash at once, and persistent stores (FASTER, for one) bring threads, epochs and files, which Core must not have.
/// </remarks>
internal sealed class RecordTable
{
    // So many suffice where records are of like size: a fifth of garbage means four to be moved for one that goes.
    private const int StepRecords = 16;
    private const int None = -1;

    private readonly RecordHeap _heap = new();
    private readonly PagedArray<RecordPlace> _places = new();
    private readonly PagedArray<Link> _links = new();
    private readonly PagedArray<int> _buckets = new();
    private FrozenRecords? _view;
    private int _compacted = None;
    private int _compactedTo;

    internal int Count => _places.Count;

    /// <summary>Bytes of the segments: what is live, what is gone and not compacted yet, and what is empty.</summary>
    internal long Capacity => _heap.Capacity;

    /// <summary>The record of this number.</summary>
    internal Record this[int number] => _heap[_places[number]];

    /// <summary>A record's number; −1 where there is none. <c>hash</c> is <see cref="StableHash"/> of the id.</summary>
    internal int Find(ReadOnlySpan<byte> id, ulong hash)
    {
        if (Count == 0)
            return None;

        uint half = Half(hash);
        int number = _buckets[BucketOf(half)];
        while (number != None)
        {
            Link link = _links[number];
            if (link.Hash == half && this[number].Id.Span.SequenceEqual(id))
                break;

            number = link.Next;
        }

        return number;
    }

    /// <summary>Adds a record whose id is not there yet; its number is the last one.</summary>
    internal void Add(ReadOnlySpan<byte> id, ulong hash, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        _places.Add(_heap.Add(id, head, body));
        _links.Add(new Link(Half(hash), None));
        if (_buckets.Count < Count)
            Split();

        ref int first = ref _buckets.Writable(BucketOf(Half(hash)));
        _links.Writable(Count - 1).Next = first;
        first = Count - 1;
        Compact();
    }

    /// <summary>Replaces what a record has beside its id. The old bytes stay what they were for whoever refers to them.</summary>
    internal void Replace(int number, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        RecordPlace old = _places[number];
        _places.Writable(number) = _heap.Add(_heap[old].Id.Span, head, body);
        _heap.Remove(old);
        Compact();
    }

    /// <summary>Removes a record. The last one has its number from then on; the result is the number that the last one had.</summary>
    internal int Remove(int number)
    {
        int last = Count - 1;
        _heap.Remove(_places[number]);
        LinkTo(number) = _links[number].Next;
        if (number != last)
        {
            LinkTo(last) = number;
            _links.Writable(number) = _links[last];
            _places.Writable(number) = _places[last];
        }

        _places.RemoveLast();
        _links.RemoveLast();
        if (_buckets.Count > 2 * Count)
            Merge();

        Compact();
        return last;
    }

    /// <summary>Removes everything. An open view continues to show its content.</summary>
    internal void Clear()
    {
        _heap.Clear();
        _places.Clear();
        _links.Clear();
        _buckets.Clear();
        (_view, _compacted) = (null, None);
    }

    /// <summary>All records by number. The table must not change meanwhile.</summary>
    internal IEnumerable<Record> All()
    {
        for (int number = 0; number < Count; number++)
            yield return this[number];
    }

    /// <summary>Opens the view of this moment. One at a time.</summary>
    internal FrozenRecords Freeze()
    {
        Invariant.Check(_view is null, $"a second view of a table of {Count} records is opened");
        _view = new FrozenRecords(_places.Freeze(), _heap.Freeze(), Thaw);

        // The segment may be gone when the view is closed, and its number another one's.
        _compacted = None;
        return _view;
    }

    private void Thaw(FrozenRecords view)
    {
        if (_view != view)
            return;

        _view = null;
        _places.Thaw();
        _heap.Thaw();
    }

    // The upper half: the lower bits of keys are alike within a shard.
    private static uint Half(ulong hash) => (uint)(hash >> 32);

    private int BucketOf(uint half)
    {
        uint mask = BitOperations.RoundUpToPowerOf2((uint)_buckets.Count) - 1;
        uint bucket = half & mask;
        return (int)(bucket < _buckets.Count ? bucket : bucket & (mask >> 1));
    }

    // What refers to a record: its bucket, or the record before it in the chain.
    private ref int LinkTo(int number)
    {
        ref int link = ref _buckets.Writable(BucketOf(_links[number].Hash));
        while (link != number)
            link = ref _links.Writable(link).Next;

        return ref link;
    }

    // Adds a bucket, and moves there what belongs there of the one that had it so far.
    private void Split()
    {
        _buckets.Add(None);
        int added = _buckets.Count - 1;
        if (added == 0)
            return;

        ref int link = ref _buckets.Writable(Parent(added));
        while (link != None)
        {
            int number = link;
            ref Link moved = ref _links.Writable(number);
            if (BucketOf(moved.Hash) != added)
            {
                link = ref moved.Next;
                continue;
            }

            link = moved.Next;
            moved.Next = _buckets[added];
            _buckets.Writable(added) = number;
        }
    }

    // The inverse of a split.
    private void Merge()
    {
        int removed = _buckets.Count - 1;
        int first = _buckets[removed];
        _buckets.RemoveLast();
        if (first == None)
            return;

        ref int link = ref _buckets.Writable(Parent(removed));
        while (link != None)
            link = ref _links.Writable(link).Next;

        link = first;
    }

    private static int Parent(int bucket) => bucket & ~(int)(BitOperations.RoundUpToPowerOf2((uint)bucket + 1) >> 1);

    // While a view is open, nothing that is moved would free anything.
    private void Compact()
    {
        if (_view is not null || (_compacted == None && !_heap.IsSparse))
            return;

        if (_compacted == None)
            (_compacted, _compactedTo) = (_heap.NextSparse(), 0);

        for (int left = StepRecords; left > 0 && _heap.IsLive(_compacted); left--)
            CompactNext();

        if (!_heap.IsLive(_compacted))
            _compacted = None;
    }

    private void CompactNext()
    {
        RecordPlace place = new(_compacted, _compactedTo);
        Record record = _heap[place];
        _compactedTo += record.Length;
        if (NumberOf(place, StableHash.Of(record.Id.Span)) is not None and var number)
        {
            _places.Writable(number) = _heap.Add(record);
            _heap.Remove(place);
        }
    }

    // The record at a place, if it is not gone.
    private int NumberOf(RecordPlace place, ulong hash)
    {
        int number = Count == 0 ? None : _buckets[BucketOf(Half(hash))];
        while (number != None && _places[number] != place)
            number = _links[number].Next;

        return number;
    }

    private struct Link(uint hash, int next)
    {
        internal readonly uint Hash = hash;
        internal int Next = next;
    }
}

/// <summary>The records of a <see cref="RecordTable"/> when it was frozen, enumerated once, at any pace.</summary>
internal sealed class FrozenRecords(FrozenPages<RecordPlace> places, FrozenPages<byte[]> segments, Action<FrozenRecords> thaw)
{
    private FrozenPages<RecordPlace> _places = places;
    private FrozenPages<byte[]> _segments = segments;
    private int _number = -1;

    internal Record Current => Record.At(_segments[_places[_number].Segment], _places[_number].Offset);

    /// <summary>Moves to the next record; false after the last. Not called after the view is closed.</summary>
    internal bool MoveNext() => ++_number < _places.Count;

    /// <summary>Closes the view: writes copy no pages any more, and what only it had is freed. Has no effect the second time.</summary>
    internal void Close()
    {
        thaw(this);
        (_places, _segments) = (default, default);
    }
}
