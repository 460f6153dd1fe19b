using System.Runtime.InteropServices;

namespace OrleansShards.Core.Shards;

/// <summary>
/// A dictionary that can be frozen: a view shows what it held at that moment while writes go on. A checkpoint is
/// written chunk by chunk over many steps, and copying a large shard at its start would stop the shard for that long.
/// </summary>
/// <remarks>
/// While a view is open the base does not change and writes go to an overlay; reads look there first. When it closes,
/// each further write carries a few of the overlay's entries into the base, so that no single write pays for all.
/// Every operation is amortised O(1); a view that is opened before the merging is done finishes it first.
/// </remarks>
/// <typeparam name="TKey">The keys.</typeparam>
/// <typeparam name="TValue">The values; never changed in place, or the view would show it.</typeparam>
internal sealed class FreezableMap<TKey, TValue>
    where TKey : notnull
{
    // Two would do to finish in bounded time; four keeps the time in which reads look twice short.
    private const int MergedPerWrite = 4;

    private Dictionary<TKey, TValue> _base = [];
    private Dictionary<TKey, Change> _overlay = [];
    private Dictionary<TKey, Change>.Enumerator _merging;
    private FrozenView<TKey, TValue>? _view;
    private bool _isMerging;

    /// <summary>How many keys there are.</summary>
    internal int Count { get; private set; }

    /// <summary>Whether an overlay is in use: a view is open, or its writes are still being merged.</summary>
    internal bool HasOverlay => _view is not null || _isMerging;

    /// <summary>What stands at a key.</summary>
    internal bool TryGet(TKey key, out TValue value)
    {
        if (_overlay.Count > 0 && _overlay.TryGetValue(key, out Change change))
        {
            value = change.Value;
            return change.IsPresent;
        }

        return _base.TryGetValue(key, out value!);
    }

    /// <summary>Sets a key.</summary>
    internal void Set(TKey key, TValue value)
    {
        if (_view is not null)
        {
            Overlay(key, new Change(true, value));
            return;
        }

        if (_isMerging)
        {
            Settle(key);
            MergeSome();
        }

        ref TValue? slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_base, key, out bool existed);
        slot = value;
        Count += existed ? 0 : 1;
    }

    /// <summary>Removes a key; false if it is not there.</summary>
    internal bool Remove(TKey key)
    {
        if (_view is not null)
            return TryGet(key, out _) && Overlay(key, default);

        if (_isMerging)
        {
            Settle(key);
            MergeSome();
        }

        bool removed = _base.Remove(key);
        Count -= removed ? 1 : 0;
        return removed;
    }

    /// <summary>Forgets everything. A view that is open goes on showing what it showed.</summary>
    internal void Clear()
    {
        _base = [];
        _overlay = [];
        _view = null;
        _isMerging = false;
        Count = 0;
    }

    /// <summary>Every key and value, in no particular order.</summary>
    internal IEnumerable<KeyValuePair<TKey, TValue>> All()
    {
        foreach (KeyValuePair<TKey, TValue> item in _base)
        {
            if (_overlay.Count == 0 || !_overlay.ContainsKey(item.Key))
                yield return item;
        }

        foreach ((TKey key, Change change) in _overlay)
        {
            if (change.IsPresent)
                yield return new(key, change.Value);
        }
    }

    /// <summary>Opens the view of this moment. One at a time.</summary>
    internal FrozenView<TKey, TValue> Freeze()
    {
        Invariant.Check(_view is null, $"a second view of a map of {Count} keys is opened");
        while (_isMerging)
            MergeSome();

        _view = new FrozenView<TKey, TValue>(_base, Thaw);
        return _view;
    }

    private void Thaw(FrozenView<TKey, TValue> view)
    {
        if (_view == view)
        {
            _view = null;
            _isMerging = true;
            _merging = _overlay.GetEnumerator();
        }
    }

    private bool Overlay(TKey key, Change change)
    {
        ref Change slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_overlay, key, out bool overlaid);
        bool existed = overlaid ? slot.IsPresent : _base.ContainsKey(key);
        slot = change;
        Count += (change.IsPresent ? 1 : 0) - (existed ? 1 : 0);
        return true;
    }

    private void MergeSome()
    {
        for (int i = 0; i < MergedPerWrite; i++)
        {
            // Removing from a dictionary does not disturb its enumerator (documented since .NET Core 3.0).
            if (!_merging.MoveNext())
            {
                _isMerging = false;
                _overlay = [];
                return;
            }

            Settle(_merging.Current.Key);
        }
    }

    // What the overlay says of a key becomes what the base says: the number of keys stays as it is.
    private void Settle(TKey key)
    {
        if (!_overlay.Remove(key, out Change change))
            return;

        if (change.IsPresent)
            _base[key] = change.Value;
        else
            _base.Remove(key);
    }

    private readonly record struct Change(bool IsPresent, TValue Value);
}

/// <summary>What a <see cref="FreezableMap{TKey, TValue}"/> held when it was frozen, gone through once, at any pace.</summary>
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
