namespace OrleansShards.Core.Json;

/// <summary>
/// Goes through the members of a JSON object in the order in which they stand, as slices of its text: nothing is
/// copied and no tree is built. The whole text is checked before the first member is shown (also that no name comes
/// twice, an error 'duplicate key'), so reading on cannot fail half-way.
/// </summary>
/// <remarks>A mutable struct: keep it in a local, pass it by reference. The text must not change meanwhile.</remarks>
public struct JsonObjectReader
{
    private readonly ReadOnlyMemory<byte> _text;
    private int _at;
    private int _nameAt;
    private int _nameLength;
    private int _valueAt;

    private JsonObjectReader(ReadOnlyMemory<byte> text)
    {
        _text = text;
        _at = 1;
    }

    /// <summary>Reads the object <paramref name="json"/>, which has been checked by being a
    /// <see cref="JsonText"/>.</summary>
    /// <exception cref="ArgumentException">The value is no object.</exception>
    public JsonObjectReader(JsonText json)
        : this(json.Utf8)
    {
        if (json.Kind != JsonKind.Object)
        {
            throw new ArgumentException($"expected a JSON object, got a value of kind {json.Kind}", nameof(json));
        }
    }

    /// <summary>The member's name as it stands in the text, quotes and escapes included; empty before the first
    /// <see cref="Read"/>.</summary>
    public readonly ReadOnlyMemory<byte> RawName => _text.Slice(_nameAt, _nameLength);

    /// <summary>The member's value as it stands in the text, without white space around it; empty before the first
    /// <see cref="Read"/>. Valid JSON, but may be nested deeper than a <see cref="JsonText"/>.</summary>
    public readonly ReadOnlyMemory<byte> RawValue => _nameLength == 0 ? default : _text[_valueAt.._at];

    /// <summary>The name as a key: the JSON string, escapes resolved.</summary>
    public readonly KeyText Key => KeyText.From(JsonText.Trusted(RawName));

    /// <summary>
    /// Checks <paramref name="json"/>, which may be a whole message: up to <see cref="JsonLimits.MessageDepthMax"/>
    /// levels. On false <paramref name="error"/> says what is wrong and where; never throws.
    /// </summary>
    public static bool TryOpen(ReadOnlyMemory<byte> json, out JsonObjectReader reader, out string error)
    {
        reader = default;
        if (!JsonScanner.TryCheck(json.Span, JsonLimits.MessageDepthMax, out error))
        {
            return false;
        }

        ReadOnlyMemory<byte> text = JsonTokens.Trim(json);
        JsonKind kind = JsonText.KindOf(text.Span);
        if (kind != JsonKind.Object)
        {
            error = $"expected a JSON object, got a value of kind {kind}";
            return false;
        }

        reader = new JsonObjectReader(text);
        return true;
    }

    /// <summary>Moves to the next member; false after the last.</summary>
    public bool Read()
    {
        ReadOnlySpan<byte> text = _text.Span;
        int at = JsonTokens.SkipSpace(text, _at);
        if (at >= text.Length || text[at] == '}')
        {
            return false;
        }

        _nameAt = text[at] == ',' ? JsonTokens.SkipSpace(text, at + 1) : at;
        at = JsonSkip.Value(text, _nameAt);
        _nameLength = at - _nameAt;
        at = JsonTokens.SkipSpace(text, at);
        _valueAt = JsonTokens.SkipSpace(text, at + 1);
        _at = JsonSkip.Value(text, _valueAt);
        return true;
    }

    /// <summary>Whether the name is <paramref name="name"/>, given as UTF-8 without quotes; it must be text that needs
    /// no escapes. How the text spells it does not matter.</summary>
    public readonly bool NameIs(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> raw = _text.Span.Slice(_nameAt, _nameLength);
        if (raw.Length == name.Length + 2)
        {
            return raw[1..^1].SequenceEqual(name);
        }

        // A name with escapes is longer than what it stands for.
        return raw.Length > name.Length + 2 && raw.Contains((byte)'\\')
            && Key.Canonical.Span[1..^1].SequenceEqual(name);
    }

    /// <summary>A reader of the member's value; false if that is no object.</summary>
    public readonly bool TryOpenValue(out JsonObjectReader inner)
    {
        bool good = JsonText.KindOf(RawValue.Span) == JsonKind.Object;
        inner = good ? new JsonObjectReader(RawValue) : default;
        return good;
    }

    /// <summary>The member's value, sharing the text's memory; false with an error if it is nested deeper than
    /// <see cref="JsonLimits.DepthMax"/>.</summary>
    public readonly bool TryValue(out JsonText value, out string error)
    {
        bool good = JsonSkip.Depth(RawValue.Span, 0) <= JsonLimits.DepthMax;
        value = good ? JsonText.Trusted(RawValue) : default;
        error = good ? "" : $"a value is nested deeper than {JsonLimits.DepthMax} levels";
        return good;
    }
}
