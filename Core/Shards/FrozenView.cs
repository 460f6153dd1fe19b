namespace OrleansShards.Core.Shards;

/// <summary>
/// What a <see cref="FreezableMap{TKey, TValue}"/> held when it was frozen, gone through once, at any pace.
/// </summary>
internal sealed class FrozenView<TKey, TValue>
    where TKey : notnull
{
    private readonly Action<FrozenView<TKey, TValue>> _thaw;
    private Dictionary<TKey, TValue>.Enumerator _items;

    internal FrozenView(Dictionary<TKey, TValue> items, Action<FrozenView<TKey, TValue>> thaw)
    {
        _items = items.GetEnumerator();
        _thaw = thaw;
    }

    /// <summary>The item that <see cref="MoveNext"/> has moved to.</summary>
    internal KeyValuePair<TKey, TValue> Current => _items.Current;

    /// <summary>Moves to the next item; false after the last. Not called after the view is closed.</summary>
    internal bool MoveNext() => _items.MoveNext();

    /// <summary>Closes the view (again: nothing happens); the map's writes go where they belong again.</summary>
    internal void Close() => _thaw(this);
}
