using System.Buffers;

namespace OrleansShards.Core.Json;

/// <summary>
/// One spelling for each JSON value: two values are equal as JSON values if and only if their canonical bytes are.
/// Numbers count by value and exactly (1, 1.0 and 10e-1 are equal, −0 is 0, no rounding at any size), strings by
/// content (<c>\u0041</c> is A; not normalised; an escaped lone surrogate equals only itself), arrays in order,
/// objects whatever the order of their names, white space not at all. The canonical bytes are themselves JSON.
/// </summary>
/// <remarks>
/// Object names are ordered by the bytes of their canonical text. A canonical form is stored and hashed: it may never
/// change. Its size is bounded by the input's: at most 42 bytes more for each number.
/// </remarks>
public static class JsonCanonical
{
    /// <summary>
    /// True if <paramref name="json"/>, the text of a valid value without white space around it, is canonical as it
    /// stands. Quick rather than complete: strings with escapes, numbers with exponents and non-empty arrays and
    /// objects answer false, canonical or not. Allocates nothing.
    /// </summary>
    public static bool IsCanonical(ReadOnlySpan<byte> json) => JsonText.KindOf(json) switch
    {
        JsonKind.String => !json.Contains((byte)'\\'),
        JsonKind.Number => JsonNumbers.IsCanonical(json),
        JsonKind.Array or JsonKind.Object => json.Length == 2,
        JsonKind.Boolean or JsonKind.Null => true,
        JsonKind.None => false,
    };

    /// <summary>The canonical bytes of a value; its own memory, not a copy, where it is canonical already.</summary>
    public static ReadOnlyMemory<byte> Of(JsonText json) => IsCanonical(json.Span) ? json.Utf8 : Canonical(json.Span);

    /// <summary>The canonical bytes of the value whose text is <paramref name="json"/>.</summary>
    /// <exception cref="ArgumentException">The text is no JSON, or nested deeper than
    /// <see cref="JsonLimits.MessageDepthMax"/>.</exception>
    public static byte[] Of(ReadOnlySpan<byte> json) => Canonical(Checked(json));

    /// <summary>Writes the canonical bytes of a value to <paramref name="output"/>.</summary>
    public static void Write(JsonText json, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (IsCanonical(json.Span))
        {
            output.Write(json.Span);
            return;
        }

        var canonical = default(PooledList<byte>);
        JsonCanonicalizer.Write(json.Span, ref canonical);
        output.Write(canonical.Items);
        canonical.Dispose();
    }

    /// <summary>True if the two are the same JSON value.</summary>
    public static bool Equal(JsonText a, JsonText b) => a.Span.SequenceEqual(b.Span) || EqualValues(a.Span, b.Span);

    /// <summary>
    /// True if the two texts are the same JSON value. Texts that are the same to the byte are equal without a look at
    /// what they say.
    /// </summary>
    /// <exception cref="ArgumentException">The texts differ and one is no JSON, or nested deeper than
    /// <see cref="JsonLimits.MessageDepthMax"/>.</exception>
    public static bool Equal(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) =>
        a.SequenceEqual(b) || EqualValues(Checked(a), Checked(b));

    private static bool EqualValues(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (JsonText.KindOf(a) != JsonText.KindOf(b) || (IsCanonical(a) && IsCanonical(b)))
            return a.SequenceEqual(b);

        var left = default(PooledList<byte>);
        var right = default(PooledList<byte>);
        JsonCanonicalizer.Write(a, ref left);
        JsonCanonicalizer.Write(b, ref right);
        bool equal = left.Items.SequenceEqual(right.Items);
        left.Dispose();
        right.Dispose();
        return equal;
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
