namespace OrleansShards.Core.Records;

/// <summary>
/// An array in pages. It grows and shrinks by a page and never copies more than one, and it can be frozen: a view shares the pages,
/// and the first write to a page that a view has copies that page.
/// </summary>
/// <remarks>Of the library, lists and dictionaries copy everything when they grow, and the immutable ones have an object an item.</remarks>
internal sealed class PagedArray<T>
{
    internal const int PageLength = 1 << PageBits;
    private const int PageBits = 10;
    private const int FirstLength = 4;

    private T[][] _pages = [];
    private T[][] _frozen = [];
    private int _used;

    internal int Count { get; private set; }

    internal T this[int index] => _pages[index >> PageBits][index & (PageLength - 1)];

    /// <summary>An item to be written, at once: the page may be another one after the next freeze.</summary>
    internal ref T Writable(int index) => ref Owned(index >> PageBits)[index & (PageLength - 1)];

    internal void Add(T item)
    {
        int page = Count >> PageBits;
        if (page == _used)
            AddPage();
        else if ((Count & (PageLength - 1)) == _pages[page].Length)
            Array.Resize(ref _pages[page], Math.Min(PageLength, 2 * _pages[page].Length));

        Count++;
        Writable(Count - 1) = item;
    }

    internal void RemoveLast()
    {
        Count--;
        if ((Count & (PageLength - 1)) == 0)
            _pages[--_used] = [];
    }

    internal void Clear() => (_pages, _frozen, _used, Count) = ([], [], 0, 0);

    /// <summary>The items as they are now. A second view replaces the first, which ends.</summary>
    internal FrozenPages<T> Freeze()
    {
        _frozen = _pages[.._used];
        return new FrozenPages<T>(_frozen, Count);
    }

    /// <summary>The view is not used any more: writes copy nothing again.</summary>
    internal void Thaw() => _frozen = [];

    private void AddPage()
    {
        if (_used == _pages.Length)
            Array.Resize(ref _pages, Math.Max(1, 2 * _pages.Length));

        // Most states are small: only the first page begins smaller than a page.
        _pages[_used] = new T[_used == 0 ? FirstLength : PageLength];
        _used++;
    }

    private T[] Owned(int page)
    {
        T[] items = _pages[page];
        return page < _frozen.Length && ReferenceEquals(items, _frozen[page]) ? _pages[page] = [.. items] : items;
    }
}

/// <summary>What a <see cref="PagedArray{T}"/> had when it was frozen.</summary>
internal readonly struct FrozenPages<T>(T[][] pages, int count)
{
    private const int PageLength = PagedArray<T>.PageLength;

    internal int Count => count;

    internal T this[int index] => pages[index / PageLength][index % PageLength];
}
