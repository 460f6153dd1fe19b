using System.Text.Json;

namespace OrleansShards.Core.Json;

/// <summary>
/// The property names seen so far in the objects that enclose a reader's position, as a stack: an inner object's names are
/// above its parent's and are dropped when it closes.
/// </summary>
internal struct JsonNames : IDisposable
{
    // Up to this many names, comparing all pairs costs less than sorting (a message's objects have three to six).
    private const int PairwiseMax = 8;

    private PooledList<Name> _names;

    internal void Add(in Utf8JsonReader reader) => _names.Append(new Name(
        (int)reader.TokenStartIndex, reader.ValueSpan.Length + 2, reader.CurrentDepth, reader.ValueIsEscaped));

    public void Dispose() => _names.Dispose();

    /// <summary>
    /// Drops the names of the closing object, those at <paramref name="depth"/>, and returns where in
    /// <paramref name="text"/> a duplicate starts, escapes resolved; −1 if there is none.
    /// </summary>
    internal int Close(ReadOnlySpan<byte> text, int depth)
    {
        ReadOnlySpan<Name> all = _names.Items;
        int first = all.Length;
        bool escaped = false;
        while (first > 0 && all[first - 1].Depth == depth)
        {
            first--;
            escaped |= all[first].Escaped;
        }

        ReadOnlySpan<Name> names = all[first..];
        _names.Truncate(first);
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
                    return names[later].Start;
            }
        }

        return -1;
    }

    // Sorted rather than hashed: names made to collide must not make this quadratic.
    private static int FindSorted(ReadOnlySpan<byte> text, ReadOnlySpan<Name> names)
    {
        var bytes = default(PooledList<byte>);
        var keys = new CanonicalMember[names.Length];
        var starts = new int[names.Length];
        for (int at = 0; at < keys.Length; at++)
        {
            int start = bytes.Count;
            JsonStrings.WriteCanonical(names[at].In(text), ref bytes);
            keys[at] = new CanonicalMember(start, bytes.Count - start, bytes.Count - start);
            starts[at] = names[at].Start;
        }

        var order = new CanonicalMemberOrder(bytes.Array);
        keys.AsSpan().Sort(starts.AsSpan(), order);
        int next = 1;
        while (next < keys.Length && order.Compare(keys[next - 1], keys[next]) != 0)
            next++;

        bytes.Dispose();
        return next < keys.Length ? Math.Max(starts[next - 1], starts[next]) : -1;
    }

    private readonly record struct Name(int Start, int Length, int Depth, bool Escaped)
    {
        internal ReadOnlySpan<byte> In(ReadOnlySpan<byte> text) => text.Slice(Start, Length);
    }
}
