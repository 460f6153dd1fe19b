using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;
using OrleansShards.Core.Records;

namespace OrleansShards.Core.Shards;

/// <summary>
/// A shard's keys and values. It copies the texts that it keeps: a slice of an entry would keep the whole record in memory,
/// and one surviving value per record would keep the whole log.
/// </summary>
/// <remarks>
/// A record's id is the key's canonical text. Its head is the order, doubled, and the spelling where that is another text, which adds one;
/// its body is the value.
/// </remarks>
internal sealed class KeyTable
{
    private readonly RecordTable _items = new();
    private readonly ByteWriter _head = new(32);
    private ulong _nextOrder;
    private ulong _sum;

    internal int Count => _items.Count;

    internal long Bytes { get; private set; }

    /// <summary>Equal for the same keys, values and order. A running sum: the cost does not depend on the table's size.</summary>
    internal Digest64 AddTo(Digest64 digest) => digest.With((ulong)Count).With(_nextOrder).With(_sum);

    internal bool TryGet(KeyText key, out KeyItem item)
    {
        int number = _items.Find(key.Canonical.Span, key.Hash);
        item = number < 0 ? default : ItemOf(_items[number], number);
        return number >= 0;
    }

    /// <summary>Sets a key: a new one comes last, an existing one keeps its place and spelling.</summary>
    internal void Set(KeyText key, JsonText spelling, KeyItem? present, JsonText value)
    {
        if (present is not { } item)
        {
            Add(key, new KeyItem(spelling, value, _nextOrder++));
            return;
        }

        Forget(item);
        Remember(item with { Value = value });
        _items.Replace(item.Number, Head(item.Order, _items[item.Number].Id.Span, item.Key.Span), value.Span);
    }

    internal void Remove(KeyItem present)
    {
        Forget(present);
        _items.Remove(present.Number);
    }

    internal void Clear()
    {
        _items.Clear();
        _nextOrder = 0;
        _sum = 0;
        Bytes = 0;
    }

    /// <summary>All keys, as slices: only for as long as the table does not change.</summary>
    internal IEnumerable<KeyItem> All() => _items.All().Select(ItemOf);

    internal FrozenRecords Freeze() => _items.Freeze();

    internal void WriteCounters(ByteWriter writer) => writer.VarUInt(_nextOrder);

    internal void ReadCounters(ref ByteReader reader) => _nextOrder = reader.VarUInt();

    internal static void Write(ByteWriter writer, Record record)
    {
        KeyItem item = ItemOf(record, -1);
        writer.Bytes(item.Key.Span);
        writer.VarUInt(item.Order);
        writer.Bytes(item.Value.Span);
    }

    /// <summary>Reads and adds an item; the counters were read before it.</summary>
    internal void Read(ref ByteReader reader)
    {
        KeyItem item = ReadItem(ref reader);
        Add(KeyText.From(item.Key), item);
    }

    internal static KeyItem ReadItem(ref ByteReader reader)
    {
        JsonText key = JsonText.Trusted(reader.Bytes().ToArray());
        ulong order = reader.VarUInt();
        return new KeyItem(key, JsonText.Trusted(reader.Bytes().ToArray()), order);
    }

    private static KeyItem ItemOf(Record record, int number)
    {
        ReadOnlyMemory<byte> head = record.Head;
        ByteReader reader = new(head.Span);
        ulong order = reader.VarUInt();
        ReadOnlyMemory<byte> spelling = (order & 1) == 0 ? record.Id : head[reader.Position..];
        return new KeyItem(JsonText.Trusted(spelling), JsonText.Trusted(record.Body), order >> 1) { Number = number };
    }

    private void Add(KeyText key, KeyItem item)
    {
        Remember(item);
        ReadOnlySpan<byte> id = key.Canonical.Span;
        _items.Add(id, key.Hash, Head(item.Order, id, item.Key.Span), item.Value.Span);
    }

    private ReadOnlySpan<byte> Head(ulong order, ReadOnlySpan<byte> id, ReadOnlySpan<byte> spelling)
    {
        bool isOther = !spelling.SequenceEqual(id);
        _head.Clear();
        _head.VarUInt((order << 1) | (isOther ? 1u : 0u));
        if (isOther)
            _head.Raw(spelling);

        return _head.Written;
    }

    private void Remember(KeyItem item)
    {
        _sum += item.Hash;
        Bytes += SizeOf(item);
    }

    private void Forget(KeyItem item)
    {
        _sum -= item.Hash;
        Bytes -= SizeOf(item);
    }

    private static long SizeOf(KeyItem item) => (long)item.Key.Span.Length + item.Value.Span.Length;
}

/// <summary>
/// A key, as it was first spelled, and its value. Keys are shown in the order in which they were added. Texts of a table's item are
/// slices of its memory: whoever keeps the value takes <see cref="ValueToKeep"/>.
/// </summary>
internal readonly record struct KeyItem(JsonText Key, JsonText Value, ulong Order)
{
    /// <summary>The record's number in the table; only until that changes.</summary>
    internal int Number { get; init; } = -1;

    internal ulong Hash => default(Digest64).With(Key.Span).With(Order).With(Value.Span).Value;

    internal JsonText ValueToKeep => JsonText.Trusted(Record.ToKeep(Value.Utf8));
}
