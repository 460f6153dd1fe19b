namespace OrleansShards.Core.Json;

/// <summary>
/// The property names seen so far in the objects that a scan is inside of, as a stack: an inner object's names lie
/// above its parent's and are dropped when it closes.
/// </summary>
internal struct JsonNames : IDisposable
{
    // Below this, comparing each with each costs less than sorting (objects of a message have three to six names).
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

        return names.Length > PairwiseMax || escaped ? FindSorted(text, names) : FindPairwise(text, names);
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

    // Sorted rather than hashed: names made to collide must not make this quadratic.
    private static int FindSorted(ReadOnlySpan<byte> text, ReadOnlySpan<Name> names)
    {
        var bytes = default(PooledList<byte>);
        var keys = new JsonMember[names.Length];
        var starts = new int[names.Length];
        for (int at = 0; at < keys.Length; at++)
        {
            int start = bytes.Count;
            JsonStrings.WriteCanonical(names[at].In(text), ref bytes);
            keys[at] = new JsonMember(start, bytes.Count - start, bytes.Count - start);
            starts[at] = names[at].Start;
        }

        var order = new JsonMemberOrder(bytes.Array);
        keys.AsSpan().Sort(starts.AsSpan(), order);
        int next = 1;
        while (next < keys.Length && order.Compare(keys[next - 1], keys[next]) != 0)
        {
            next++;
        }

        bytes.Dispose();
        return next < keys.Length ? Math.Max(starts[next - 1], starts[next]) : -1;
    }

    private readonly record struct Name(int Start, int Length, bool Escaped)
    {
        internal ReadOnlySpan<byte> In(ReadOnlySpan<byte> text) => text.Slice(Start, Length);
    }
}
