using System.Buffers;

namespace OrleansShards.Core.Json;

/// <summary>
/// A list in a rented array, for work that would otherwise allocate on each request. Pass it by reference, never copy
/// it: two copies would return the same array twice.
/// </summary>
internal struct PooledList<T> : IDisposable
    where T : unmanaged
{
    private T[]? _items;

    internal int Count { get; private set; }

    /// <summary>The items; valid until the next append.</summary>
    internal readonly Span<T> Items => _items.AsSpan(0, Count);

    /// <summary>The rented array itself, for comparers that cannot hold a span; valid until the next append.</summary>
    internal readonly T[] Array => _items ?? [];

    internal void Append(T item) => Extend(1)[0] = item;

    internal void Append(ReadOnlySpan<T> items) => items.CopyTo(Extend(items.Length));

    /// <summary>Adds <paramref name="count"/> items of arbitrary content, for the caller to overwrite.</summary>
    internal Span<T> Extend(int count)
    {
        if (_items is null || _items.Length - Count < count)
            Grow(count);

        Count += count;
        return _items.AsSpan(Count - count, count);
    }

    internal void Truncate(int count) => Count = count;

    /// <summary>Returns the array; the list is empty and usable afterwards.</summary>
    public void Dispose()
    {
        if (_items is not null)
            ArrayPool<T>.Shared.Return(_items);

        _items = null;
        Count = 0;
    }

    private void Grow(int extra)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(Math.Max(checked(Count + extra), Math.Max(16, Count * 2)));
        Items.CopyTo(larger);
        if (_items is not null)
            ArrayPool<T>.Shared.Return(_items);

        _items = larger;
    }
}
