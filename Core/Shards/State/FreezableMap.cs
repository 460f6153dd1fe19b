using System.Runtime.InteropServices;

namespace OrleansShards.Core.Shards;

/// <summary>
/// A dictionary that can be frozen: a view shows its content at that moment while writes continue. A checkpoint is written
/// chunk by chunk over many steps, and to copy a large shard at the start would stop the shard for that long.
/// </summary>
/// <remarks>
/// While a view is open the base does not change, writes go to an overlay, and reads look there first. After the view is
/// closed, each write merges a few of the overlay's entries into the base, so that no single write pays for all. Every
/// operation is amortised O(1); opening a view before the merge is done finishes the merge first. Values must not be changed
/// in place: the view would show it.
/// </remarks>
internal sealed class FreezableMap<TKey, TValue>
    where TKey : notnull
{
    // Two are enough to finish in bounded time; four shorten the time in which reads look twice.
    private const int MergedPerWrite = 4;

    private Dictionary<TKey, TValue> _base = [];
    private Dictionary<TKey, Change> _overlay = [];
    private Dictionary<TKey, Change>.Enumerator _merging;
    private FrozenView<TKey, TValue>? _view;
    private bool _isMerging;

    internal int Count { get; private set; }

    /// <summary>Whether an overlay is in use: a view is open, or its writes are still being merged.</summary>
    internal bool HasOverlay => _view is not null || _isMerging;

    internal bool TryGet(TKey key, out TValue value)
    {
        if (_overlay.Count > 0 && _overlay.TryGetValue(key, out Change change))
        {
            value = change.Value;
            return change.IsPresent;
        }

        return _base.TryGetValue(key, out value!);
    }

    internal void Set(TKey key, TValue value)
    {
        if (_view is not null)
        {
            Overlay(key, new Change(true, value));
            return;
        }

        MergeBefore(key);
        ref TValue? slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_base, key, out bool existed);
        slot = value;
        Count += existed ? 0 : 1;
    }

    internal bool Remove(TKey key)
    {
        if (_view is not null)
            return TryGet(key, out _) && Overlay(key, default);

        MergeBefore(key);
        bool removed = _base.Remove(key);
        Count -= removed ? 1 : 0;
        return removed;
    }

    /// <summary>Removes everything. An open view continues to show its content.</summary>
    internal void Clear()
    {
        _base = [];
        _overlay = [];
        _view = null;
        _isMerging = false;
        Count = 0;
    }

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

    private void MergeBefore(TKey key)
    {
        if (_isMerging)
        {
            Merge(key);
            MergeSome();
        }
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

            Merge(_merging.Current.Key);
        }
    }

    // Moves a key's change from the overlay to the base; the number of keys does not change.
    private void Merge(TKey key)
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

/// <summary>The content of a <see cref="FreezableMap{TKey, TValue}"/> when it was frozen, enumerated once, at any pace.</summary>
internal sealed class FrozenView<TKey, TValue>(Dictionary<TKey, TValue> items, Action<FrozenView<TKey, TValue>> thaw)
    where TKey : notnull
{
    private Dictionary<TKey, TValue>.Enumerator _items = items.GetEnumerator();

    internal KeyValuePair<TKey, TValue> Current => _items.Current;

    /// <summary>Moves to the next item; false after the last. Not called after the view is closed.</summary>
    internal bool MoveNext() => _items.MoveNext();

    /// <summary>Closes the view: the map's writes go to the base again. Has no effect the second time.</summary>
    internal void Close() => thaw(this);
}
