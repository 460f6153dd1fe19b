namespace OrleansShards.Core.Json;

/// <summary>
/// The property names seen so far in the objects that a scan is inside of, as a stack: an inner object's names lie
/// above its parent's and are dropped when it closes.
/// </summary>
internal struct JsonNames : IDisposable
{
    // Below this, comparing each with each costs less than hashing (objects of a message have three to six names).
    private const int PairwiseMax = 8;

    private PooledList<Name> _names;

    internal readonly int Count => _names.Count;

    internal void Add(int start, int length, bool escaped) => _names.Append(new Name(start, length, escaped));

    public void Dispose() => _names.Dispose();

    /// <summary>
    /// Drops the names from <paramref name="first"/> on and answers where in <paramref name="text"/> one starts that
    /// equals another, escapes resolved; −1 if there is none.
    /// </summary>
    internal int FindDuplicate(ReadOnlySpan<byte> text, int first)
    {
        ReadOnlySpan<Name> names = _names.Items[first..];
        _names.Truncate(first);
        bool escaped = false;
        foreach (Name name in names)
        {
            escaped |= name.Escaped;
        }

        return names.Length > PairwiseMax || escaped ? FindByHash(text, names) : FindPairwise(text, names);
    }

    private static int FindPairwise(ReadOnlySpan<byte> text, ReadOnlySpan<Name> names)
    {
        for (int later = 1; later < names.Length; later++)
        {
            ReadOnlySpan<byte> name = names[later].In(text);
            for (int earlier = 0; earlier < later; earlier++)
            {
                if (name.SequenceEqual(names[earlier].In(text)))
                {
                    return names[later].Start;
                }
            }
        }

        return -1;
    }

    private static int FindByHash(ReadOnlySpan<byte> text, ReadOnlySpan<Name> names)
    {
        var hashes = new ulong[names.Length];
        for (int at = 0; at < hashes.Length; at++)
        {
            hashes[at] = StableHash.Of(names[at].Canonical(text));
        }

        Name[] sorted = names.ToArray();
        hashes.AsSpan().Sort(sorted.AsSpan());
        for (int at = 0; at < hashes.Length; at++)
        {
            // Equal hashes are the same name but for a collision; a run of them is compared each with each.
            for (int next = at + 1; next < hashes.Length && hashes[next] == hashes[at]; next++)
            {
                if (sorted[next].Canonical(text).SequenceEqual(sorted[at].Canonical(text)))
                {
                    return Math.Max(sorted[at].Start, sorted[next].Start);
                }
            }
        }

        return -1;
    }

    private readonly record struct Name(int Start, int Length, bool Escaped)
    {
        internal ReadOnlySpan<byte> In(ReadOnlySpan<byte> text) => text.Slice(Start, Length);

        internal ReadOnlySpan<byte> Canonical(ReadOnlySpan<byte> text) =>
            Escaped ? JsonStrings.Canonical(In(text)) : In(text);
    }
}
