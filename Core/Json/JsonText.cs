using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace OrleansShards.Core.Json;

/// <summary>
/// The original UTF-8 text of one JSON value, without surrounding white space. Always valid: strict RFC 8259 (no
/// comments, no trailing commas), nested at most <see cref="JsonLimits.DepthMax"/> deep. Duplicate names in one object
/// are refused: parsers disagree on their meaning. An escaped lone surrogate (<c>"\ud800"</c>) is allowed, as in the RFC.
/// <c>default</c> is no value: empty, of kind <see cref="JsonKind.None"/>.
/// </summary>
/// <remarks>
/// Equality is ordinal, of the bytes: 1 and 1.0 are different texts.
/// <see cref="JsonCanonical.Equal(JsonText, JsonText)"/> compares values.
/// </remarks>
public readonly record struct JsonText
{
    private JsonText(ReadOnlyMemory<byte> utf8) => Utf8 = utf8;

    /// <summary>The text's bytes.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>The text's bytes.</summary>
    public ReadOnlySpan<byte> Span => Utf8.Span;

    /// <summary>What kind of value it is.</summary>
    public JsonKind Kind => KindOf(Span);

    /// <summary>Checks and copies a text. On false, <paramref name="error"/> says which byte is wrong and why.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out JsonText text, out string error) =>
        TryWrap(utf8.ToArray(), out text, out error);

    /// <summary>
    /// As <see cref="TryParse"/> without the copy: <paramref name="utf8"/> must never change from then on, and the text keeps
    /// the whole array behind it alive (<see cref="ToOwned"/> undoes that).
    /// </summary>
    public static bool TryWrap(ReadOnlyMemory<byte> utf8, out JsonText text, out string error)
    {
        bool good = JsonTokens.TryCheck(utf8.Span, JsonLimits.DepthMax, out error);
        text = good ? new JsonText(utf8.Trim(Space)) : default;
        return good;
    }

    /// <summary>The text of a value that is known to be valid, a constant for instance.</summary>
    /// <exception cref="FormatException">It is not; the message says why.</exception>
    public static JsonText Parse(string json) =>
        TryWrap(Encoding.UTF8.GetBytes(json), out JsonText text, out string error)
            ? text
            : throw new FormatException($"not JSON: {error}");

    /// <summary>The same text in its own memory, so that the message that contains it can be freed.</summary>
    public JsonText ToOwned() => new(Span.ToArray());

    /// <summary>The number if the value is an integer, in any notation (1, 1.0, 1e0), that fits a long.</summary>
    public bool TryReadInt64(out long number)
    {
        number = 0;
        if (Kind != JsonKind.Number)
            return false;

        ReadOnlySpan<byte> canonical = JsonCanonical.Of(this).Span;
        return Utf8Parser.TryParse(canonical, out number, out int read) && read == canonical.Length;
    }

    /// <summary>The content if the value is a string; an escaped lone surrogate stays a lone surrogate.</summary>
    public bool TryReadString(out string content)
    {
        bool good = Kind == JsonKind.String;
        content = good ? JsonStrings.Content(Span) : "";
        return good;
    }

    /// <summary>Ordinal equality of the bytes.</summary>
    public bool Equals(JsonText other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)StableHash.Of(Span);

    /// <summary>The original text.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Span);

    internal static JsonText Trusted(ReadOnlyMemory<byte> utf8) => new(utf8);

    internal static ReadOnlySpan<byte> Space => " \n\r\t"u8;

    internal static JsonKind KindOf(ReadOnlySpan<byte> json) => json.IsEmpty ? JsonKind.None : json[0] switch
    {
        (byte)'"' => JsonKind.String,
        (byte)'{' => JsonKind.Object,
        (byte)'[' => JsonKind.Array,
        (byte)'t' or (byte)'f' => JsonKind.Boolean,
        (byte)'n' => JsonKind.Null,
        _ => JsonKind.Number,
    };
}

/// <summary>How deep JSON may nest. One nesting level is one array or object; a bare number has depth 0.</summary>
public static class JsonLimits
{
    /// <summary>
    /// Deepest nesting of a key or a value: 64 levels, the default of most JSON libraries. Everything that creates a
    /// <see cref="JsonText"/> refuses deeper text.
    /// </summary>
    public const int DepthMax = 64;

    /// <summary>
    /// Deepest nesting of a text that contains values (a message, a shard's snapshot): 72 levels. The eight above
    /// <see cref="DepthMax"/> are for the envelope, so that every stored value also fits into a snapshot: envelope, body,
    /// snapshot and data make four; sessions and their recorded replies make six.
    /// </summary>
    public const int MessageDepthMax = DepthMax + 8;
}

/// <summary>The kind of a JSON value. Not persisted and not sent: the numbers may change.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "String and Object are JSON's own names here")]
public enum JsonKind
{
    /// <summary>No value at all: <c>default(JsonText)</c>.</summary>
    None = 0,

    /// <summary><c>null</c>.</summary>
    Null,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>A number in any notation.</summary>
    Number,

    /// <summary>A string.</summary>
    String,

    /// <summary>An array.</summary>
    Array,

    /// <summary>An object.</summary>
    Object,
}
