using System.Text.Json;

namespace OrleansShards.Core.Json;

/// <summary>
/// One spelling for each JSON value: two values are equal if and only if their canonical bytes are. Numbers compare by
/// exact value (1, 1.0 and 10e-1 are equal, −0 is 0, no rounding at any size), strings by content (<c>\u0041</c> is A; not
/// normalised; an escaped lone surrogate equals only itself), arrays in order, objects regardless of the order of their
/// names; white space is ignored. The canonical bytes are JSON themselves.
/// </summary>
/// <remarks>
/// Names are ordered by the bytes of their canonical text. Canonical bytes are stored and hashed, so the form may never
/// change. The size is bounded by the input's: at most 42 bytes more for each number.
/// </remarks>
public static class JsonCanonical
{
    /// <summary>
    /// True if <paramref name="json"/>, the text of a valid value without surrounding white space, is canonical. Quick
    /// rather than complete: false for strings with escapes, numbers with exponents and non-empty arrays and objects,
    /// canonical or not. Allocates nothing.
    /// </summary>
    public static bool IsCanonical(ReadOnlySpan<byte> json) => JsonText.KindOf(json) switch
    {
        JsonKind.String => !json.Contains((byte)'\\'),
        JsonKind.Number => JsonNumbers.IsCanonical(json),
        JsonKind.Array or JsonKind.Object => json.Length == 2,
        JsonKind.Boolean or JsonKind.Null => true,
        JsonKind.None => false,
    };

    /// <summary>The canonical bytes of a value; its own memory, not a copy, if it is canonical already.</summary>
    public static ReadOnlyMemory<byte> Of(JsonText json) => IsCanonical(json.Span) ? json.Utf8 : Canonical(json.Span);

    /// <summary>The canonical bytes of the value whose text is <paramref name="json"/>.</summary>
    /// <exception cref="ArgumentException">Not JSON, or deeper than <see cref="JsonLimits.MessageDepthMax"/>.</exception>
    public static byte[] Of(ReadOnlySpan<byte> json) => Canonical(Checked(json));

    /// <summary>True if the two are the same JSON value.</summary>
    public static bool Equal(JsonText a, JsonText b) => a.Span.SequenceEqual(b.Span) || EqualValues(a.Span, b.Span);

    /// <summary>True if the two texts are the same JSON value. Texts with identical bytes are equal, valid or not.</summary>
    /// <exception cref="ArgumentException">They differ, and one is no valid message (<see cref="JsonLimits.MessageDepthMax"/>).</exception>
    public static bool Equal(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) =>
        a.SequenceEqual(b) || EqualValues(Checked(a), Checked(b));

    private static bool EqualValues(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        bool isDecided = JsonText.KindOf(a) != JsonText.KindOf(b) || (IsCanonical(a) && IsCanonical(b));
        return isDecided ? a.SequenceEqual(b) : Canonical(a).AsSpan().SequenceEqual(Canonical(b));
    }

    private static byte[] Canonical(ReadOnlySpan<byte> json)
    {
        var canonical = default(PooledList<byte>);
        JsonCanonicalizer.Write(json, ref canonical);
        byte[] bytes = canonical.Items.ToArray();
        canonical.Dispose();
        return bytes;
    }

    private static ReadOnlySpan<byte> Checked(ReadOnlySpan<byte> json) =>
        JsonTokens.TryCheck(json, JsonLimits.MessageDepthMax, out string error)
            ? json.Trim(JsonText.Space)
            : throw new ArgumentException($"not JSON: {error}", nameof(json));
}

/// <summary>
/// Writes the canonical form of a checked value. An object's members are written in input order, then sorted by name by
/// moving the written bytes, so that nothing is read twice.
/// </summary>
internal ref struct JsonCanonicalizer(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private JsonTokens _tokens = JsonTokens.OfChecked(text);
    private PooledList<CanonicalMember> _members;

    internal static void Write(ReadOnlySpan<byte> json, ref PooledList<byte> output)
    {
        var canonicalizer = new JsonCanonicalizer(json);
        canonicalizer._tokens.Read();
        canonicalizer.Token(ref output);
        canonicalizer._members.Dispose();
    }

    private void Token(ref PooledList<byte> output)
    {
        ReadOnlySpan<byte> token = _text[_tokens.Place];
        switch (_tokens.Type)
        {
            case JsonTokenType.StartObject:
                Object(ref output);
                break;
            case JsonTokenType.StartArray:
                Array(ref output);
                break;
            case JsonTokenType.PropertyName or JsonTokenType.String:
                JsonStrings.WriteCanonical(token, ref output);
                break;
            case JsonTokenType.Number:
                JsonNumbers.WriteCanonical(token, ref output);
                break;
            default:
                output.Append(token);
                break;
        }
    }

    private void Array(ref PooledList<byte> output)
    {
        output.Append((byte)'[');
        while (_tokens.Read() && _tokens.Type != JsonTokenType.EndArray)
        {
            Token(ref output);
            output.Append((byte)',');
        }

        Close((byte)']', ref output);
    }

    private void Object(ref PooledList<byte> output)
    {
        output.Append((byte)'{');
        int start = output.Count;
        int firstMember = _members.Count;
        while (_tokens.Read() && _tokens.Type != JsonTokenType.EndObject)
        {
            int memberStart = output.Count;
            Token(ref output);
            int nameLength = output.Count - memberStart;
            output.Append((byte)':');
            _tokens.Read();
            Token(ref output);
            output.Append((byte)',');
            _members.Append(new CanonicalMember(memberStart, nameLength, output.Count - memberStart));
        }

        Order(_members.Items[firstMember..], start, ref output);
        _members.Truncate(firstMember);
        Close((byte)'}', ref output);
    }

    private static void Order(Span<CanonicalMember> members, int start, ref PooledList<byte> output)
    {
        var byName = new CanonicalMemberOrder(output.Array);
        if (InOrder(members, byName))
            return;

        members.Sort(byName);
        var unordered = default(PooledList<byte>);
        unordered.Append(output.Items[start..]);
        output.Truncate(start);
        foreach (CanonicalMember member in members)
            output.Append(unordered.Items.Slice(member.Start - start, member.Length));

        unordered.Dispose();
    }

    private static bool InOrder(ReadOnlySpan<CanonicalMember> members, CanonicalMemberOrder byName)
    {
        for (int next = 1; next < members.Length; next++)
        {
            if (byName.Compare(members[next - 1], members[next]) > 0)
                return false;
        }

        return true;
    }

    // The last member's comma becomes the bracket.
    private static void Close(byte bracket, ref PooledList<byte> output)
    {
        if (output.Items[^1] == ',')
            output.Truncate(output.Count - 1);

        output.Append(bracket);
    }
}

/// <summary>A member in a buffer: where its canonical name starts, the name's length and the whole member's.</summary>
internal readonly record struct CanonicalMember(int Start, int NameLength, int Length);

/// <summary>Members by their names' bytes. The quotes are left out: "a" comes before "a!" although '!' is less than a quote.</summary>
internal readonly struct CanonicalMemberOrder(byte[] buffer) : IComparer<CanonicalMember>
{
    public int Compare(CanonicalMember x, CanonicalMember y) => Name(x).SequenceCompareTo(Name(y));

    private ReadOnlySpan<byte> Name(CanonicalMember member) => buffer.AsSpan(member.Start + 1, member.NameLength - 2);
}
