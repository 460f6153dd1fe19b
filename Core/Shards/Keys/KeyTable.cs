using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>
/// A shard's keys and values. It copies the texts that it keeps: a slice of an entry would keep the whole record in memory,
/// and one surviving value per record would keep the whole log.
/// </summary>
internal sealed class KeyTable
{
    private readonly FreezableMap<KeyText, KeyItem> _items = new();
    private ulong _nextOrder;
    private ulong _sum;

    internal int Count => _items.Count;

    internal long Bytes { get; private set; }

    /// <summary>Equal for the same keys, values and order. A running sum: the cost does not depend on the table's size.</summary>
    internal Digest64 AddTo(Digest64 digest) => digest.With((ulong)Count).With(_nextOrder).With(_sum);

    internal bool TryGet(KeyText key, out KeyItem item) => _items.TryGet(key, out item);

    /// <summary>Sets a key: a new one comes last, an existing one keeps its place and spelling.</summary>
    internal void Set(KeyText key, JsonText spelling, KeyItem? present, JsonText value)
    {
        if (present is not null)
        {
            Forget(present);
            Put(key, new KeyItem(present.Key, value.ToOwned(), present.Order));
            return;
        }

        JsonText owned = spelling.ToOwned();
        Put(KeyText.From(owned), new KeyItem(owned, value.ToOwned(), _nextOrder++));
    }

    internal void Remove(KeyText key, KeyItem present)
    {
        Forget(present);
        _items.Remove(key);
    }

    internal void Clear()
    {
        _items.Clear();
        _nextOrder = 0;
        _sum = 0;
        Bytes = 0;
    }

    internal IEnumerable<KeyItem> All() => _items.All().Select(static item => item.Value);

    internal FrozenView<KeyText, KeyItem> Freeze() => _items.Freeze();

    internal void WriteCounters(ByteWriter writer) => writer.VarUInt(_nextOrder);

    internal void ReadCounters(ref ByteReader reader) => _nextOrder = reader.VarUInt();

    internal static void Write(ByteWriter writer, KeyItem item)
    {
        writer.Bytes(item.Key.Span);
        writer.VarUInt(item.Order);
        writer.Bytes(item.Value.Span);
    }

    /// <summary>Reads and adds an item; the counters were read before it.</summary>
    internal void Read(ref ByteReader reader)
    {
        KeyItem item = ReadItem(ref reader);
        Put(KeyText.From(item.Key), item);
    }

    internal static KeyItem ReadItem(ref ByteReader reader)
    {
        JsonText key = JsonText.Trusted(reader.Bytes().ToArray());
        ulong order = reader.VarUInt();
        return new KeyItem(key, JsonText.Trusted(reader.Bytes().ToArray()), order);
    }

    private void Put(KeyText key, KeyItem item)
    {
        _sum += item.Hash;
        Bytes += SizeOf(item);
        _items.Set(key, item);
    }

    private void Forget(KeyItem item)
    {
        _sum -= item.Hash;
        Bytes -= SizeOf(item);
    }

    private static long SizeOf(KeyItem item) => (long)item.Key.Span.Length + item.Value.Span.Length;
}

/// <summary>
/// A key, as it was first spelled, and its value. Keys are shown in the order in which they were added. Immutable: a frozen view may
/// still show it.
/// </summary>
internal sealed record KeyItem(JsonText Key, JsonText Value, ulong Order)
{
    internal ulong Hash { get; } = default(Digest64).With(Key.Span).With(Order).With(Value.Span).Value;
}
